/**
 * Writes one JSON line, which is what Workers Logs and every log shipper read as fields.
 *
 * Never pass a token, an SDP, an address or a candidate.
 */
export function logError(event: string, fields: Readonly<Record<string, unknown>>): void {
  console.error(JSON.stringify({ level: 'error', event, at: new Date().toISOString(), ...fields }));
}
