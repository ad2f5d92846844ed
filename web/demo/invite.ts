import { generate } from 'lean-qr/nano';
import { hasOwnKey } from '../shared/accessKey.ts';

/** The white margin of a QR code, in modules: the standard requires four. */
const QUIET_ZONE = 4;

/** The link to a room. If it has the key, that is in the fragment, which no browser sends. */
export function roomLink(room: string, key: string): string {
  const link = new URL(`demo?room=${encodeURIComponent(room)}`, location.href);
  if (hasOwnKey()) link.hash = `key=${key}`;
  return link.href;
}

/** Draws the QR code of a text. */
export function drawQrCode(svg: SVGSVGElement, text: string): void {
  const code = generate(text);
  let modules = '';
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) {
      if (code.get(x, y)) modules += `M${x} ${y}h1v1h-1z`;
    }
  }
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', modules);
  const side = code.size + 2 * QUIET_ZONE;
  svg.setAttribute('viewBox', `${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`);
  svg.replaceChildren(path);
}
