import { find } from './dom.ts';
import { keep, recall } from './tabMemory.ts';

const STORED = 'access-key';
const VALID = /^[\w-]{1,128}$/;

/**
 * The access key of this server. The page knows the default key. A server does not reveal any other
 * key, so it comes from the link (`#key=…`, which browsers do not send), from what was typed in
 * this tab before, or from a form.
 */
export async function accessKey(): Promise<string> {
  const known = knownAccessKey();
  return known === '' ? askForAccessKey() : known;
}

/** The access key if the page already has it, or an empty text. */
export function knownAccessKey(): string {
  const builtIn = document.documentElement.dataset.accessKey ?? '';
  if (builtIn !== '') return builtIn;
  const linked = new URLSearchParams(location.hash.slice(1)).get('key') ?? '';
  if (VALID.test(linked)) keep(STORED, linked);
  return recall(STORED);
}

/** Whether the server has a key other than the default, which a link to it must contain. */
export function hasOwnKey(): boolean {
  return document.documentElement.dataset.accessKey === '';
}

/** Forgets a key that the server has refused, and asks again. */
export function forgetAccessKey(): void {
  keep(STORED, '');
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
}

let asking: Promise<string> | undefined;

/** Shows the page's form for the key until one is given, to all who ask meanwhile. */
function askForAccessKey(): Promise<string> {
  asking ??= answerOfForm().finally(() => {
    asking = undefined;
  });
  return asking;
}

function answerOfForm(): Promise<string> {
  const form = find('#access-key', HTMLFormElement);
  const input = find('input', HTMLInputElement, form);
  form.hidden = false;
  input.focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const key = input.value.trim();
      input.setCustomValidity(VALID.test(key) ? '' : 'A key has letters, digits, - and _ only.');
      if (!form.reportValidity()) return;
      keep(STORED, key);
      form.hidden = true;
      resolve(key);
    };
    input.oninput = () => input.setCustomValidity('');
  });
}
