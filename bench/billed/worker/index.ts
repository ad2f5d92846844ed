/**
 * The Worker as it is deployed, with a count of all that Cloudflare bills and workerd does not tell:
 * `GET /billed` has it. All objects of a workerd process run in one isolate, so that one count is there
 * for all of them.
 */
import app, { GameDirectory, GameRoomCoordinator, MetricsCollector } from '../../../src/index.ts';
import type { Billed } from '../Billed.ts';

export { GameDirectory, GameRoomCoordinator, MetricsCollector };

const billed: { -readonly [Name in keyof Billed]: number } = {
  workerRequests: 0,
  objectRequests: 0,
  callsBetweenObjects: 0,
  frames: 0,
  rowsWritten: 0,
};

/** What the runtime calls that is no request: frames are counted by themselves, and closes are free. */
const NO_REQUESTS = ['constructor', 'webSocketMessage', 'webSocketClose', 'webSocketError'];

/** How many counted methods are being called: one that another one calls is no request. */
let depth = 0;

type Method = (this: object, ...args: unknown[]) => unknown;

/** Does something whenever a method is called. */
function whenCalled(prototype: object, name: string, count: (result: unknown) => void): void {
  const method = Reflect.getOwnPropertyDescriptor(prototype, name)?.value as Method | undefined;
  if (method === undefined) return;
  const counted: Method = function (...args) {
    depth += 1;
    try {
      const result = method.apply(this, args);
      count(result);
      return result;
    } finally {
      depth -= 1;
    }
  };
  Reflect.set(prototype, name, counted);
}

whenCalled(GameDirectory.prototype, 'update', () => {
  billed.callsBetweenObjects += 1;
});
for (const { prototype } of [GameDirectory, GameRoomCoordinator, MetricsCollector]) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (NO_REQUESTS.includes(name)) continue;
    whenCalled(prototype, name, () => {
      if (depth === 1) billed.objectRequests += 1;
    });
  }
}
whenCalled(GameRoomCoordinator.prototype, 'webSocketMessage', () => {
  billed.frames += 1;
});

let watchesStorage = false;

/** Counts rows, by the prototypes of the storage, once the first object has one. */
function watchStorage(storage: DurableObjectStorage): void {
  if (watchesStorage) return;
  watchesStorage = true;
  const aRow = () => {
    billed.rowsWritten += 1;
  };
  for (const name of ['put', 'delete', 'setAlarm']) {
    whenCalled(Reflect.getPrototypeOf(storage) ?? {}, name, aRow);
  }
  const kv = Reflect.getPrototypeOf(storage.kv) ?? {};
  whenCalled(kv, 'put', aRow);
  whenCalled(kv, 'delete', (isDeleted) => {
    if (isDeleted === true) aRow();
  });
}

/** Does nothing but look at the storage of an object. */
export class Witness {
  constructor(ctx: DurableObjectState) {
    watchStorage(ctx.storage);
  }

  fetch(): Response {
    return new Response();
  }
}

export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname === '/billed') {
      const { WITNESSES } = env as Env & { readonly WITNESSES: DurableObjectNamespace };
      await WITNESSES.getByName('witness').fetch(request);
      return Response.json(billed);
    }
    billed.workerRequests += 1;
    return app.fetch(request, env, context);
  },
};
