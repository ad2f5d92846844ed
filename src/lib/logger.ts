/**
 * Each writes one JSON line, which is what Workers Logs and every log shipper read as fields.
 *
 * Never pass a token, an SDP, an address or a candidate.
 */
export function logError(event: string, fields: Readonly<Record<string, unknown>>): void {
  console.error(line('error', event, fields));
}

/** As `logError`, for what is no failure. */
export function logInfo(event: string, fields: Readonly<Record<string, unknown>>): void {
  console.log(line('info', event, fields));
}

function line(level: string, event: string, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ level, event, at: new Date().toISOString(), ...fields });
}
