/** Said beside an invitation to a page that nobody else can open. */
export const LOCAL_PAGE_NOTE =
  'This address works on this machine only: open it in another tab. For other devices, start the server with --host 0.0.0.0, and open the address of this machine.';

/** Whether the address of this page works only on this machine. */
export function isLocalPage(): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname);
}
