import { afterEach, expect } from 'vitest';
import { takeFaults, watchFetch } from './watchWire.ts';

// Whatever a test is about, it fails where an answer or a frame is not as the references say.
watchFetch();
afterEach(() => expect(takeFaults()).toEqual([]));
