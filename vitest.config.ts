import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { OUR_SETTINGS } from './tests/stories/settings.ts';
import { findBrowser } from './tests/support/browser/findBrowser.ts';
import { FUZZ_FACTOR } from './tests/support/fuzzing.ts';
import { LongestFirst } from './tests/support/LongestFirst.ts';
import { PATIENCE_MS } from './tests/support/patience.ts';

// Tests start hundreds of processes, which load the same modules. Each finds them compiled here.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'node');

/** What tests do on purpose need not be read by whoever runs them. */
const QUIET = { LOG_LEVEL: 'off' };

const EVICTED = 'tests/stories/on/evicted.test.ts';
const SHARDS = 'tests/workerd/shards.test.ts';
const METRICS = 'tests/workerd/metrics.test.ts';
const TURNS = './tests/support/takeTurns.ts';
const NO_FIREFOX = 'tests/browser/noFirefox.ts';
const FIREFOX_TOO = ['endings', 'snippets', 'stockClient'].map(
  (name) => `tests/browser/${name}.test.ts`,
);
const ON_NODE_TOO = [
  'stockClient',
  'checkPage',
  'demoPage',
  'dashboardPage',
  'clientKit',
  'clientKitRooms',
  'clientKitReports',
  'clientKitTokens',
].map((name) => `tests/browser/${name}.test.ts`);
/** An eviction waits for pending timers, and so for the report that follows a join. */
const WITHOUT_METRICS = { METRICS: 'off' };
/** Long enough to tell an alarm from a timer, for which an eviction waits. */
const SHORT_GRACE = { LEAVE_GRACE_MS: '4000' };

/** They only end what hangs: no machine may be so loaded that it reaches them. */
const LIMITS = {
  testTimeout: 600_000 * FUZZ_FACTOR,
  hookTimeout: 600_000,
  expect: { poll: { timeout: PATIENCE_MS } },
};

/**
 * Node runs TypeScript itself: nothing is transformed, which takes a fifth of the processor's time. The
 * unit tests and those on Node are: they load what only a bundler reads, such as JSON without an attribute.
 */
const NATIVE = { ...LIMITS, experimental: { viteModuleRunner: false, nodeLoader: false } };

/**
 * A browser starts, paints and connects when the machine lets it: on a loaded one a test of it fails once
 * in some hundred runs. It is tried again, and the end of the output names it. Without a browser a test
 * that fails now and then has a fault, or finds one.
 */
const IN_BROWSER = {
  ...NATIVE,
  isolate: false,
  retry: 1,
  // Each look asks a page, by way of two processes.
  expect: { poll: { timeout: PATIENCE_MS, interval: 100 } },
};

export default defineConfig({
  test: {
    // Most files wait for most of their time.
    maxWorkers: 10,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './tests/support/closingLineReporter.ts'],
    projects: [
      {
        // Each beside its source, without a runtime.
        test: {
          ...LIMITS,
          name: 'unit',
          isolate: false,
          include: ['{src,selfhost,tools,web,client}/**/*.test.ts'],
          setupFiles: './tests/support/noFakeClock.ts',
        },
      },
      {
        // What is written about the code, held against it.
        test: {
          ...NATIVE,
          name: 'documents',
          isolate: false,
          include: ['tests/documents/**/*.test.ts'],
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
          ...LIMITS,
          name: 'workerd',
          isolate: false,
          include: ['tests/workerd/**/*.test.ts'],
          exclude: [SHARDS, METRICS],
          globalSetup: './tests/support/buildPagesOnce.ts',
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
          ...LIMITS,
          name: 'metrics',
          include: [METRICS],
          globalSetup: './tests/support/buildPagesOnce.ts',
        },
      },
      {
        // With realms of several coordinators, and few enough peers to fill them.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: { bindings: { ...QUIET, REALM_SHARDS: '4', REALM_CAPACITY: '6' } },
          }),
        ],
        test: {
          ...LIMITS,
          name: 'shards',
          include: [SHARDS],
          globalSetup: './tests/support/buildPagesOnce.ts',
        },
      },
      {
        // The stories inside workerd, with their settings.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.jsonc' },
            miniflare: {
              bindings: { ...OUR_SETTINGS, ...QUIET, ...WITHOUT_METRICS, ALLOW_DISCOVERY: 'all' },
            },
          }),
        ],
        test: {
          ...LIMITS,
          name: 'evicted',
          include: [EVICTED],
          globalSetup: './tests/support/buildPagesOnce.ts',
        },
      },
      {
        // The stories over real sockets: on the official server, and on this one.
        test: {
          ...NATIVE,
          name: 'stories',
          isolate: false,
          include: ['tests/stories/on/*.test.ts'],
          exclude: [EVICTED],
          globalSetup: './tests/support/bundleOnce.ts',
          setupFiles: [TURNS, './tests/support/checkReferences.ts'],
        },
      },
      {
        // The rest over real sockets, on plain workerd.
        test: {
          ...NATIVE,
          name: 'servers',
          isolate: false,
          include: ['tests/servers/*.test.ts', 'tests/servers/workerdOnly/*.test.ts'],
          globalSetup: './tests/support/bundleOnce.ts',
          setupFiles: [TURNS, './tests/support/checkReferences.ts'],
        },
      },
      {
        // The same on Node.
        test: {
          ...LIMITS,
          name: 'node',
          isolate: false,
          include: ['tests/servers/*.test.ts', 'tests/servers/nodeOnly/*.test.ts'],
          env: { TEST_RUNTIME: 'Node' },
          globalSetup: './tests/support/bundleOnce.ts',
          setupFiles: [TURNS, './tests/support/checkReferences.ts'],
        },
      },
      {
        // The programs beside the server.
        test: {
          ...NATIVE,
          name: 'tools',
          include: ['tests/tools/**/*.test.ts'],
          globalSetup: './tests/support/bundleOnce.ts',
        },
      },
      {
        // The real client in a real browser.
        test: {
          ...IN_BROWSER,
          name: 'browser',
          provide: { browser: 'chromium' },
          setupFiles: TURNS,
          include: ['tests/browser/**/*.test.ts'],
          globalSetup: ['./tests/support/bundleOnce.ts', './tests/support/prepareBrowser.ts'],
        },
      },
      {
        // The client kit on networks that are made for it.
        test: {
          ...LIMITS,
          retry: IN_BROWSER.retry,
          name: 'network',
          setupFiles: TURNS,
          include: ['tests/network/**/*.test.ts'],
          globalSetup: ['./tests/support/bundleOnce.ts', './tests/support/prepareBrowser.ts'],
        },
      },
      {
        // The client and the pages once more, with the server on Node.
        test: {
          ...IN_BROWSER,
          name: 'browser-node',
          provide: { browser: 'chromium' },
          setupFiles: TURNS,
          env: { TEST_RUNTIME: 'Node' },
          include: ON_NODE_TOO,
          globalSetup: ['./tests/support/bundleOnce.ts', './tests/support/prepareBrowser.ts'],
        },
      },
      {
        // Some of them once more, in Firefox.
        test: {
          ...IN_BROWSER,
          name: 'firefox',
          provide: { browser: 'firefox' },
          setupFiles: TURNS,
          include: findBrowser('firefox') === undefined ? [NO_FIREFOX] : FIREFOX_TOO,
          globalSetup: './tests/support/bundleOnce.ts',
        },
      },
    ],
  },
});
