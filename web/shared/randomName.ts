/**
 * A few random letters and digits that are not easily mistaken for each other. Not a secret.
 * `crypto.randomUUID` is not there on a page that came over plain HTTP.
 */
export function randomName(length: number): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}
