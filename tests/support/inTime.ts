/** How often something is done for which the machine is too slow. */
const ATTEMPTS = 5;

/** The machine took longer for some steps than the server waits, which says nothing about the server. */
class TooSlow extends Error {}

/**
 * Takes the steps of a test that only mean something while a server waits. They must not fail when they
 * are late: what goes wrong in time is a fault, and is not tried again.
 *
 * @param ms how long the server waits, from the first step or later.
 * @throws an error at which `againIfTooSlow` begins anew, if the steps took longer.
 */
export async function inTime<T>(ms: number, steps: () => Promise<T>): Promise<T> {
  const start = Date.now();
  const result = await steps();
  const took = Date.now() - start;
  if (took >= ms)
    throw new TooSlow(`the machine took ${took} ms for what has to take ${ms} at most`);
  return result;
}

/** Does something that has steps in it that must be in time, and does it anew while they are not. */
export async function againIfTooSlow(something: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await something();
      return;
    } catch (error) {
      if (!(error instanceof TooSlow) || attempt === ATTEMPTS) throw error;
    }
  }
}
