import { expect, it } from 'vitest';
import { faultsOf, hostsTable, outcomeOf } from './summary.ts';

const GOOD = { replacedAfter: 100, wentOnAfter: 120, isAgreed: true, isKept: true };
const ending = { name: 'its tab is closed', budget: 0.3 };

it('shows a row for each ending, with times in seconds', () => {
  const runs = [GOOD, { ...GOOD, replacedAfter: 250, isKept: false }, undefined];
  expect(hostsTable([{ ending, runs }]).split('\n')[2]).toBe(
    '| its tab is closed | 0.17 s | 0.25 s | 0.25 s | 0.12 s |',
  );
});

it('says what came of all runs', () => {
  const runs = [GOOD, { ...GOOD, isKept: false }, { ...GOOD, isAgreed: false }, undefined];
  expect(
    outcomeOf([
      { ending, runs },
      { ending, runs: [GOOD] },
    ]),
  ).toBe('5 runs: 1 disagreements, 1 roles taken back, 1 failed.');
});

it('has no fault where all is within the budget, and nothing else is wrong', () => {
  expect(faultsOf([{ ending, runs: [GOOD, GOOD] }])).toEqual([]);
});

it.each([
  { run: { ...GOOD, replacedAfter: 400 }, fault: 'The p95 is 0.40 s, and 0.3 s is the most' },
  { run: { ...GOOD, isAgreed: false }, fault: 'The others did not agree' },
  { run: { ...GOOD, isKept: false }, fault: 'The role was taken back' },
])('names a fault: $fault', ({ run, fault }) => {
  expect(faultsOf([{ ending, runs: [run] }])).toEqual([`${fault}: its tab is closed.`]);
});

it('a run that failed is a fault, and took for ever', () => {
  expect(faultsOf([{ ending, runs: [undefined] }])).toEqual([
    'The p95 is Infinity s, and 0.3 s is the most: its tab is closed.',
    'A run failed: its tab is closed.',
  ]);
});
