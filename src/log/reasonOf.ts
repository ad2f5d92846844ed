/**
 * What went wrong, for the `message` of a line. The `fetch` of Node says no more than "fetch failed": why is
 * in its cause, such as ENOTFOUND, or UND_ERR_SOCKET for a connection that was reset.
 */
export function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  if (!(cause instanceof Error)) return String(error);
  return `${error} (${'code' in cause ? cause.code : cause.message})`;
}
