/**
 * Published prices in US dollars and limits, each with the page it is from and the date that the page
 * was last updated. A month is a billing cycle of 30 days.
 */

const MILLION = 1_000_000;

/** What is metered beyond an amount that is included in the month, at a price for each. */
export interface Meter {
  readonly included: number;
  readonly price: number;
}

/** https://developers.cloudflare.com/workers/platform/pricing/ (Jul 7, 2026) */
export const WORKERS = {
  subscription: 5,
  requests: { included: 10 * MILLION, price: 0.3 / MILLION },
  cpuMs: { included: 30 * MILLION, price: 0.02 / MILLION },
} satisfies Record<string, Meter | number>;

/** https://developers.cloudflare.com/durable-objects/platform/pricing/ (Jun 19, 2026) */
export const DURABLE_OBJECTS = {
  requests: { included: MILLION, price: 0.15 / MILLION },
  /** One request is billed for so many incoming WebSocket messages. */
  messagesPerRequest: 20,
  gbSeconds: { included: 400_000, price: 12.5 / MILLION },
  /** An object is billed for its 128 MB, whatever it uses. */
  gbPerObject: 0.128,
  rowsRead: { included: 25_000 * MILLION, price: 0.001 / MILLION },
  rowsWritten: { included: 50 * MILLION, price: 1 / MILLION },
} satisfies Record<string, Meter | number>;

/**
 * How long an idle object stays in memory before it hibernates, in seconds. It is not billed:
 * https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/ (Oct 30, 2026)
 */
export const SECONDS_TO_HIBERNATION = 10;

/**
 * Workers Logs from December 1, 2026, by the gigabyte:
 * https://developers.cloudflare.com/observability/pricing/ (Oct 2, 2026)
 */
export const LOG_GIGABYTES = {
  ingested: { included: 50, price: 0.25 },
  storedMonth: { included: 12, price: 0.1 },
  retentionDays: 7,
} satisfies Record<string, Meter | number>;

/** What the free plan allows in a day: from the pages above. More is refused, not billed. */
export const FREE_PLAN = {
  workerRequests: 100_000,
  objectRequests: 100_000,
  gbSeconds: 13_000,
  rowsRead: 5 * MILLION,
  rowsWritten: 100_000,
} as const;

/**
 * A small virtual machine, as an example: DigitalOcean's Basic Droplet with 1 GiB of memory, one
 * shared core and 1,000 GiB of traffic. https://www.digitalocean.com/pricing/droplets (the billing
 * terms on docs.digitalocean.com were last verified on Aug 25, 2026)
 */
export const VIRTUAL_MACHINE = { price: 6, memoryBytes: 1024 ** 3, cores: 1 } as const;
