import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { OUR_SETTINGS } from './tests/contract/scenarios/settings.ts';
import { findBrowser } from './tests/e2e/findBrowser.ts';
import { FUZZ_FACTOR } from './tests/support/fuzzing.ts';

/** What tests do on purpose need not be read by whoever runs them. */
const QUIET = { LOG_LEVEL: 'off' };

const EVICTIONS = 'tests/integration/evictions.test.ts';
const SHARDS = 'tests/integration/shards.test.ts';
const METRICS = 'tests/integration/metrics.test.ts';
const NO_FIREFOX = 'tests/e2e/noFirefox.ts';
const FIREFOX_TOO = ['endings', 'snippets', 'stockClient'].map((it) => `tests/e2e/${it}.test.ts`);
/** An eviction waits for pending timers, and so for the report that follows a join. */
const WITHOUT_METRICS = { METRICS: 'off' };
/** Long enough to tell an alarm from a timer, for which an eviction waits. */
const SHORT_GRACE = { LEAVE_GRACE_MS: '4000' };

/** Of the tests over real sockets, those that say nothing of how the server is run. */
const ON_BOTH_RUNTIMES = [
  'faults',
  'handshake',
  'hostileInput',
  'iceServers',
  'limits',
  'neverWorse',
  'operating',
  'pages',
  'references',
  'reverseProxy',
  'rooms',
  'signedTokens',
  'silentPeers',
].map((name) => `tests/contract/${name}.test.ts`);

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/closingLineReporter.ts'],
    projects: [
      {
        // The pure core, without a runtime.
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 60_000 * FUZZ_FACTOR,
        },
      },
      {
        // Inside workerd, where a coordinator can be evicted at will.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: { bindings: { ...QUIET, ...WITHOUT_METRICS, ...SHORT_GRACE } },
          }),
        ],
        test: {
          name: 'integration',
          include: ['tests/integration/**/*.test.ts'],
          exclude: [EVICTIONS, SHARDS, METRICS],
          globalSetup: './tests/support/buildPagesOnce.ts',
          testTimeout: 30_000,
        },
      },
      {
        // With metrics, and with peers that live on while a test sets the clock forward.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: { bindings: { ...QUIET, ALIVE_TIMEOUT_MS: '86400000' } },
          }),
        ],
        test: {
          name: 'metrics',
          include: [METRICS],
          globalSetup: './tests/support/buildPagesOnce.ts',
          testTimeout: 30_000,
        },
      },
      {
        // The stories of tests/contract once more, inside workerd, with their settings.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: {
              bindings: { ...OUR_SETTINGS, ...QUIET, ...WITHOUT_METRICS, ALLOW_DISCOVERY: 'all' },
            },
          }),
        ],
        test: {
          name: 'evictions',
          include: [EVICTIONS],
          globalSetup: './tests/support/buildPagesOnce.ts',
          testTimeout: 30_000,
        },
      },
      {
        // The same with realms of several coordinators, few enough peers to fill them.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: { bindings: { ...QUIET, REALM_SHARDS: '4', REALM_CAPACITY: '6' } },
          }),
        ],
        test: {
          name: 'shards',
          include: [SHARDS],
          globalSetup: './tests/support/buildPagesOnce.ts',
        },
      },
      {
        // Over real sockets: this server on plain workerd, beside the official one.
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          globalSetup: './tests/support/bundleOnce.ts',
          setupFiles: './tests/support/checkReferences.ts',
          testTimeout: 30_000 * FUZZ_FACTOR,
        },
      },
      {
        // What must be alike on both runtimes, once more, on Node.
        test: {
          name: 'node',
          include: ON_BOTH_RUNTIMES,
          env: { TEST_RUNTIME: 'Node' },
          globalSetup: './tests/support/bundleOnce.ts',
          setupFiles: './tests/support/checkReferences.ts',
          testTimeout: 30_000 * FUZZ_FACTOR,
        },
      },
      {
        // The real client in a real browser.
        test: {
          name: 'e2e',
          provide: { browser: 'chromium' },
          include: ['tests/e2e/**/*.test.ts'],
          globalSetup: ['./tests/support/bundleOnce.ts', './tests/support/prepareBrowser.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Some of them once more, in Firefox.
        test: {
          name: 'firefox',
          provide: { browser: 'firefox' },
          include: findBrowser('firefox') === undefined ? [NO_FIREFOX] : FIREFOX_TOO,
          globalSetup: './tests/support/bundleOnce.ts',
          // The endings wait for most of their time, and the other files can run meanwhile. Vitest
          // wants a group of its own for another number of workers.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
