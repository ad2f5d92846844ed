import { it } from 'vitest';

// Stands in for the tests of the project `firefox` of vitest.config.ts where there is no Firefox.

console.warn('Skipped: Firefox is not installed here (apt-get install firefox-esr).');
it.skip('tells the stories in Firefox');
