import { expect, it } from 'vitest';
import { linkOrigin } from './linkOrigin.ts';

it.each([
  ['T-Mobile USA, Inc.', 'mobile'],
  ['Cellco Partnership DBA Verizon Wireless', 'mobile'],
  ['Reliance Jio Infocomm Limited', 'mobile'],
  ['University of Oslo', 'education'],
  ['Technische Universitaet Muenchen', 'education'],
  ['Amazon.com, Inc.', 'hosting'],
  ['Hetzner Online GmbH', 'hosting'],
  ['Deutsche Telekom AG', 'other'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('a network that %s runs is of the kind %s', (operator, network) => {
  expect(linkOrigin({ country: 'DE', operator }).network).toBe(network);
});

it.each([
  ['DE', 'DE'],
  ['T1', 'T1'],
  [undefined, 'unknown'],
  ['', 'unknown'],
  ['de', 'unknown'],
  ['D"', 'unknown'],
  ['Germany', 'unknown'],
])('a country called %s counts as %s', (country, counted) => {
  expect(linkOrigin({ country, operator: undefined }).country).toBe(counted);
});
