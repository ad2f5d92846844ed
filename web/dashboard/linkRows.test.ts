import { expect, it } from 'vitest';
import { linkRows } from './linkRows.ts';

const NONE = { host: 0, srflx: 0, relay: 0, server: 0, failed: 0 };

it('shows all links, then those of each place, where most are first', () => {
  const rows = linkRows([
    { country: 'DE', network: 'other', ...NONE, host: 1, failed: 1 },
    { country: 'IN', network: 'mobile', ...NONE, srflx: 3, relay: 4, server: 1 },
    { country: 'unknown', network: 'unknown', ...NONE, failed: 1 },
  ]);
  expect(rows.map(({ from, attempts }) => [from, attempts])).toEqual([
    ['Everywhere', 11],
    ['India, mobile', 8],
    ['Germany, other', 2],
    ['Unknown', 1],
  ]);
  expect(rows[1]).toMatchObject({
    connected: 1,
    routes: { host: 0, srflx: 3 / 8, relay: 0.5, server: 1 / 8 },
  });
  expect(rows[2]).toMatchObject({ connected: 0.5, routes: { host: 1, relay: 0 } });
  expect(rows[3]).toMatchObject({ connected: 0, routes: { host: 0 } });
});

it('shows nothing while nobody has reported', () => {
  expect(linkRows([])).toEqual([]);
});

it.each([
  ['T1', 'hosting', 'Tor, hosting'],
  ['A1', 'other', 'A1, other'],
  ['XX', 'other', 'XX, other'],
  ['unknown', 'hosting', 'Unknown, hosting'],
  ['FR', 'unknown', 'France, unknown network'],
])('a place of country %s and network %s is %s', (country, network, from) => {
  const ends = { ...NONE, host: 1 };
  expect(linkRows([{ country, network: network as 'other', ...ends }])[1]?.from).toBe(from);
});
