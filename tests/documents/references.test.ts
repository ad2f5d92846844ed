import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv, type AnySchema } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../selfhost/projectRoot.ts';
import { expireFrame, HEARTBEAT_ANSWER, leaveFrame, OPEN } from '../../src/protocol/messages.ts';
import { TOP_PATHS } from '../../src/protocol/mount.ts';
import { isErrorReason, REFUSAL_REASONS, refusalFrame } from '../../src/protocol/refusals.ts';
import { ROOM_REFUSALS } from '../../src/protocol/roomRefusals.ts';
import { asyncapi, faultOf, messagesLike, openapi, resolve } from '../support/references.ts';
import { handles } from '../support/watchWire.ts';

const require = createRequire(import.meta.url);

it('docs/openapi.yaml is OpenAPI', async () => {
  const validator = new Validator();
  // The validator resolves references in place.
  const result = await validator.validate(structuredClone(openapi));
  expect(result).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

it('docs/asyncapi.yaml is AsyncAPI', () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
  validate(asyncapi);
  expect(validate.errors).toBeNull();
});

it('every schema of both is a JSON Schema', () => {
  const ajv = new Ajv2020();
  const schemas = [openapi, asyncapi].flatMap(({ components }) => [
    ...Object.values(components.schemas ?? {}),
    ...Object.values(components.messages ?? {}).map(
      (message) => resolve(asyncapi, message).payload,
    ),
  ]);
  expect(schemas.length).toBeGreaterThan(10);
  for (const schema of schemas) {
    expect(ajv.validateSchema(schema as AnySchema), ajv.errorsText()).toBe(true);
  }
});

it('both name the version of the package', () => {
  const { version } = require('../../package.json') as { version: string };
  expect(openapi.info.version).toBe(version);
  expect(asyncapi.info.version).toBe(version);
});

it('every reference leads somewhere', () => {
  for (const document of [openapi, asyncapi]) {
    for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(Object.keys(resolve(document, { $ref: reference })), reference).not.toEqual([]);
    }
  }
});

it('every example of docs/openapi.yaml is as its schema says', () => {
  let examples = 0;
  everyNode(openapi, (node) => {
    for (const { value } of Object.values((node.examples ?? {}) as Record<string, Example>)) {
      expect(faultOf(openapi, node.schema, value), JSON.stringify(value)).toBeUndefined();
      examples += 1;
    }
  });
  expect(examples).toBeGreaterThan(0);
});

it('every message of docs/asyncapi.yaml has an example, which is as its schema says', () => {
  for (const [name, message] of Object.entries(asyncapi.components.messages)) {
    const { payload, examples } = message as { payload: unknown; examples: { payload: unknown }[] };
    expect(examples.length, name).toBeGreaterThan(0);
    for (const example of examples) {
      expect(faultOf(asyncapi, payload, example.payload), name).toBeUndefined();
    }
  }
});

it('docs/openapi.yaml has every route of the Worker, and no other', () => {
  const source = readFileSync(join(PROJECT_ROOT, 'src', 'routes.ts'), 'utf8');
  const root = [...source.matchAll(/app\.get\('([^']+)'/g)].map(([, route = '']) => route);
  const both = [...source.matchAll(/anywhere\(['\w]+, '([^']+)'/g)].flatMap(([, route = '']) => [
    route,
    `/{realm}${route}`,
  ]);
  const routes = [...TOP_PATHS, ...root, ...both].map((route) =>
    route.replaceAll(/:(\w+)/g, '{$1}'),
  );
  // To the Worker a room is at a path like any other.
  const paths = Object.keys(openapi.paths).filter((path) => !path.startsWith('/room/'));
  expect(paths.toSorted()).toEqual([...new Set(routes)].toSorted());
});

it('both have every reason to refuse what is asked of a room, and no other', () => {
  const byHttp: string[] =
    openapi.components.schemas.RoomError.properties.error.properties.type.enum;
  const payload = asyncapi.components.messages.roomRefusal.payload.properties.payload;
  const byFrame: string[] = payload.properties.error.properties.type.enum;
  expect(new Set([...byHttp, ...byFrame])).toEqual(new Set(['invalid-request', ...ROOM_REFUSALS]));
});

it('docs/asyncapi.yaml has every reason for an ERROR, and no other', () => {
  const { enum: types } = asyncapi.components.messages.error.payload.properties.payload.properties
    .type as { enum: string[] };
  const reasons = REFUSAL_REASONS.filter(isErrorReason).filter((reason) => reason !== 'id-taken');
  expect(types.toSorted()).toEqual(reasons.toSorted());
});

it('docs/asyncapi.yaml names every frame that the server makes by itself', () => {
  const nameOf = (frame: string, channel: 'room' | 'realm' = 'realm') =>
    messagesLike('send', channel, JSON.parse(frame));
  expect(nameOf(OPEN)).toEqual(['open']);
  expect(nameOf(HEARTBEAT_ANSWER)).toEqual(['heartbeatAnswer']);
  expect(nameOf(expireFrame('alice', 'bob'))).toContain('expired');
  expect(nameOf(leaveFrame('bob'), 'room')).toEqual(['memberLeft']);
  expect(nameOf(leaveFrame('bob'), 'realm')).toEqual([]);
  for (const reason of REFUSAL_REASONS.filter(isErrorReason)) {
    expect(nameOf(refusalFrame(reason))).toEqual([reason === 'id-taken' ? 'idTaken' : 'error']);
  }
});

it('docs/asyncapi.yaml describes a frame of a client exactly if the server handles it', () => {
  const types = [
    'OFFER',
    'ANSWER',
    'CANDIDATE',
    'LEAVE',
    'EXPIRE',
    'HEARTBEAT',
    'ROOM',
    'RELAY',
    'OPEN',
    'offer',
  ];
  const field = fc.oneof(fc.string(), fc.constant(null), fc.constant(''), fc.jsonValue());
  const frames = fc.oneof(
    fc.record(
      { type: fc.oneof(fc.constantFrom(...types), field), dst: field, src: field, payload: field },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(frames, (frame) => {
      for (const channel of ['room', 'realm'] as const) {
        const isDescribed = messagesLike('receive', channel, frame).length > 0;
        expect(isDescribed).toBe(handles(JSON.stringify(frame), channel));
      }
    }),
    { numRuns: 1000 },
  );
});

interface Example {
  readonly value: unknown;
}

function everyNode(node: unknown, visit: (node: Readonly<Record<string, unknown>>) => void): void {
  if (typeof node !== 'object' || node === null) return;
  // A schema may describe a field of that name.
  if ('schema' in node && 'examples' in node) visit(node as Readonly<Record<string, unknown>>);
  for (const child of Object.values(node)) everyNode(child, visit);
}
