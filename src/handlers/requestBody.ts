import { MAX_BODY_BYTES, RequestError } from '../protocol/roomRequests.ts';

/**
 * Reads the JSON of a request. No body at all is an empty object.
 *
 * @throws {RequestError} for a body that is no JSON, or larger than `MAX_BODY_BYTES`.
 */
export async function readBody(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === '') return {};
  const type = request.headers.get('Content-Type') ?? '';
  // Before a text is sent from another origin, no browser asks whether it may be: a round trip less.
  if (!/^(?:application\/json|text\/plain) *(?:;|$)/i.test(type)) {
    throw new RequestError('The body must be JSON, with Content-Type: application/json.');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RequestError('The body must be JSON.');
  }
}

async function readText({ body }: Request): Promise<string> {
  if (body === null) return '';
  const utf8 = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + utf8.decode();
    bytes += value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new RequestError(`The body must have at most ${MAX_BODY_BYTES} bytes.`);
    }
    text += utf8.decode(value, { stream: true });
  }
}
