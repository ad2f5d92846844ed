/**
 * A few random letters and digits that are not easily confused. Not a secret. A page that was
 * loaded over plain HTTP has no `crypto.randomUUID`.
 */
export function randomName(length: number): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}
