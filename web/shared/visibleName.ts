import { NEEDED_JOINER } from '../../src/protocol/visible.ts';
import { make } from './dom.ts';

/**
 * What nobody sees: controls, formats (among them those that turn the direction of writing), spaces other
 * than the plain one, and letters that are blank. Joiners that an emoji or a script needs are left out.
 */
const INVISIBLE = new RegExp(
  `(?!${NEEDED_JOINER.source})[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\u{115F}\\u{1160}\\u{2800}\\u{3164}\\u{FFA0}]|(?! )\\p{Zs}`,
  'gu',
);

/** A name in parts: what can be read, and the code point of each character that nobody sees. */
export function partsOfName(name: string): { text: string; isInvisible: boolean }[] {
  const parts: { text: string; isInvisible: boolean }[] = [];
  let end = 0;
  for (const match of name.matchAll(INVISIBLE)) {
    if (match.index > end) parts.push({ text: name.slice(end, match.index), isInvisible: false });
    const code = match[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    parts.push({ text: `U+${code}`, isInvisible: true });
    end = match.index + match[0].length;
  }
  if (end < name.length) parts.push({ text: name.slice(end), isInvisible: false });
  return parts;
}

/**
 * A name that somebody else has chosen, to be shown: its direction of writing changes nothing around it,
 * and two names that differ look different.
 */
export function nameElement(name: string): HTMLElement {
  const element = document.createElement('bdi');
  element.append(
    ...partsOfName(name).map(({ text, isInvisible }) =>
      isInvisible ? make('span', text, 'invisible') : text,
    ),
  );
  return element;
}
