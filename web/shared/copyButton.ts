const FEEDBACK_MS = 2000;

/** Makes a button copy a text, and confirm it for a moment. */
export function copyOnClick(button: HTMLButtonElement, text: () => string): void {
  sayOnClick(button, () => copy(text()));
}

/** Makes a button share a link where the system has a way, as phones do, and copy it elsewhere. */
export function shareOnClick(button: HTMLButtonElement, url: () => string): void {
  if ('share' in navigator) button.textContent = 'Share the link';
  sayOnClick(button, async () => {
    try {
      await navigator.share({ url: url() });
      return undefined;
    } catch (error) {
      // A player who closes the list of apps wants no copy either.
      return (error as Error).name === 'AbortError' ? undefined : copy(url());
    }
  });
}

/** Runs an action when a button is clicked, and shows its result on the button for a moment. */
function sayOnClick(button: HTMLButtonElement, act: () => Promise<string | undefined>): void {
  const label = button.textContent;
  let timer: ReturnType<typeof setTimeout> | undefined;
  button.addEventListener('click', async () => {
    button.textContent = (await act()) ?? label;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = label;
    }, FEEDBACK_MS);
  });
}

/** Copies a text. @returns a word that says whether it is on the clipboard now. */
async function copy(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return 'Copied';
  } catch {
    // A page that was loaded over plain HTTP has no clipboard, or may not write to it.
    return copyBySelection(text) ? 'Copied' : 'Not copied';
  }
}

function copyBySelection(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.className = 'visually-hidden';
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
