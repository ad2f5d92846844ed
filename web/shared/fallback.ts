/**
 * A script of its own, before that of the page: says so if that cannot be loaded, or throws as it starts.
 * Later errors are none of its business.
 */
const listener = (event: Event) => {
  let reason: string;
  if (event.target instanceof HTMLScriptElement) reason = 'Its script could not be loaded.';
  else if (event instanceof ErrorEvent) reason = `Its script says: ${event.message}.`;
  else return;
  const say = () => {
    const trouble = document.querySelector<HTMLElement>('#trouble');
    if (trouble === null) return;
    trouble.hidden = false;
    trouble.textContent = `This page did not start. ${reason} Load it again, or try a newer browser.`;
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', say);
  else say();
};
// Errors of loading do not bubble.
addEventListener('error', listener, true);
addEventListener('load', () => removeEventListener('error', listener, true));

export {};
