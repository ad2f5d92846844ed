import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { bundled } from '../../selfhost/bundled.ts';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';

/** Part of a document, as it was parsed. */
type Node = Readonly<Record<string, unknown>>;

/** The documents as JSON, which each process of tests reads in a hundredth of the time. */
const folder = await bundled('references', ['docs/*.yaml'], async (draft) => {
  await mkdir(draft);
  for (const name of ['openapi', 'asyncapi']) {
    const document = parse(await readFile(join(PROJECT_ROOT, 'docs', `${name}.yaml`), 'utf8'));
    await writeFile(join(draft, `${name}.json`), JSON.stringify(document));
  }
});

/** The documents, parsed. */
export const openapi = JSON.parse(await readFile(join(folder, 'openapi.json'), 'utf8'));
export const asyncapi = JSON.parse(await readFile(join(folder, 'asyncapi.json'), 'utf8'));

/** An HTTP answer, and what it answers. */
interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * Holds an answer of the server against docs/openapi.yaml: its status, headers, media type and body.
 *
 * @returns what is wrong with it, as a sentence, if anything is.
 */
export function faultOfAnswer(exchange: Exchange): string | undefined {
  const { method, status, headers, body } = exchange;
  const what = `openapi.yaml: ${method} ${exchange.url}, ${status}`;
  if (method === 'OPTIONS') {
    return status === 204 && body === '' ? undefined : `${what}: a preflight gets an empty 204`;
  }
  const response = documentedResponse(exchange);
  if (response === undefined) return `${what}: this status is not documented`;

  for (const [name, reference] of Object.entries(nodeOf(response.headers))) {
    const header = resolve(openapi, reference);
    const value = headers.get(name);
    if (value === null && header.required !== true) continue;
    const fault = value === null ? 'is missing' : faultOf(openapi, header.schema, value);
    if (fault !== undefined) return `${what}: the header ${name} ${fault}`;
  }

  if (method === 'HEAD') return undefined;
  const content = nodeOf(response.content);
  const [type = ''] = (headers.get('Content-Type') ?? '').split(';');
  if (Object.keys(content).length === 0) {
    return body === '' ? undefined : `${what}: a body is not documented`;
  }
  if (!Object.hasOwn(content, type)) return `${what}: the type ${type} is not documented`;
  const { schema } = nodeOf(content[type]);
  const fault = faultOf(openapi, schema, type.endsWith('json') ? JSON.parse(body) : body);
  return fault === undefined ? undefined : `${what}: the body ${fault}\n${body}`;
}

/** The response of an operation. Whatever has no operation is not found. */
function documentedResponse({ method, url, status }: Exchange): Node | undefined {
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  // As the server reads it: slashes at the end and double ones do not count.
  const pathname = new URL(url).pathname.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  for (const [template, item] of Object.entries(nodeOf(openapi.paths))) {
    if (!pathPattern(template).test(pathname)) continue;
    const { [verb]: operation } = nodeOf(item);
    if (operation === undefined) continue;
    const { [status]: response } = nodeOf(nodeOf(operation).responses);
    return response === undefined ? undefined : resolve(openapi, response);
  }
  return status === 404 ? openapi.components.responses.NotFound : undefined;
}

/** A realm may have more segments than the one that OpenAPI can write. */
function pathPattern(template: string): RegExp {
  const pattern = template
    .replaceAll('.', '\\.')
    .replace('{realm}', '.+')
    .replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`);
}

/** Whether a frame goes to the server or comes from it, in the words of AsyncAPI. */
export type Action = 'receive' | 'send';

/**
 * The names of the messages of docs/asyncapi.yaml that a frame may be.
 *
 * @param action `receive` for what the server receives, `send` for what it sends.
 */
export function messagesLike(action: Action, channel: 'room' | 'realm', frame: unknown): string[] {
  return messagesOf(action, channel)
    .filter(({ payload }) => faultOf(asyncapi, payload, frame) === undefined)
    .map(({ name }) => name);
}

interface MessageSchema {
  readonly name: string;
  readonly payload: unknown;
}

/** The messages of a channel, looked up once: each frame of each test is held against them. */
const schemas = new Map<string, readonly MessageSchema[]>();

function messagesOf(action: Action, channel: 'room' | 'realm'): readonly MessageSchema[] {
  const key = `${action} ${channel}`;
  let found = schemas.get(key);
  if (found === undefined) {
    const operation = Object.values(nodeOf(asyncapi.operations))
      .map(nodeOf)
      .find(
        (it) =>
          it.action === action && resolve(asyncapi, it.channel).address === addressOf(channel),
      );
    const references = (operation?.messages ?? []) as { $ref: string }[];
    found = references.map((it) => ({
      name: it.$ref.split('/').at(-1) ?? '',
      payload: resolve(asyncapi, it).payload,
    }));
    schemas.set(key, found);
  }
  return found;
}

function addressOf(channel: 'room' | 'realm'): unknown {
  return asyncapi.channels[channel].address;
}

const ajv = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  // tests/documents/references.test.ts does that.
  validateSchema: false,
});
addFormats.default(ajv);
// A schema is compiled with the components of its document beside it, where its references lead.
ajv.addKeyword('components');

const compiled = new Map<unknown, ValidateFunction>();

/** @returns what is wrong with a value, if anything is. */
export function faultOf(document: Node, schema: unknown, value: unknown): string | undefined {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const { components } = document;
    validate = ajv.compile({ ...nodeOf(schema), components });
    compiled.set(schema, validate);
  }
  return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'it' });
}

/** Follows references, of which one may lead to another. */
export function resolve(document: Node, node: unknown): Node {
  const { $ref } = nodeOf(node);
  if (typeof $ref !== 'string') return nodeOf(node);
  const keys = $ref.replace('#/', '').split('/');
  return resolve(
    document,
    keys.reduce((parent: unknown, key) => nodeOf(parent)[key], document),
  );
}

function nodeOf(value: unknown): Node {
  return (value ?? {}) as Node;
}
