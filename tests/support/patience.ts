/**
 * Milliseconds that a test waits for one thing before it fails. It only bounds what hangs: a machine
 * that is ten times slower than usual stays within it.
 */
export const PATIENCE_MS = 120_000;
