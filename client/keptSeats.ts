import type { Profile } from './types.ts';

/** What a tab keeps of a seat, for a reload of its page. */
interface KeptSeat extends Profile {
  readonly id: string;
  readonly token: string;
}

/** The lock of a seat, by which a browser knows which of its pages has the seat. */
interface SeatLock {
  /** This page does not have the seat any more. */
  release(): void;
  /** Resolves when the lock is free, and rejects when another page takes the seat over. */
  readonly ended?: Promise<unknown>;
}

/**
 * How often the lock of a seat may be refused before another page is believed to have it. Few times, as a
 * browser stretches each pause of a hidden page to a second.
 */
const MAX_REFUSALS = 4;
const PAUSE_MS = 250;

/** The seat that this tab had before a reload. Not if another tab has it: then this tab is a copy of that one. */
export async function recall(storageKey: string): Promise<Partial<KeptSeat>> {
  const kept = read(storageKey);
  if (kept.id === undefined) return {};
  const lock = await hold(storageKey, kept.id);
  lock?.release();
  // Not before is it free for the seat.
  await lock?.ended?.catch(() => {});
  return lock ? kept : {};
}

export function keep(storageKey: string, id: string, token: string, { name, data }: Profile): void {
  write(storageKey, JSON.stringify({ id, token, name, data }));
}

/** Forgets a seat, unless another room of this page has kept one under this key meanwhile. */
export function forget(storageKey: string, id: string): void {
  if (read(storageKey).id === id) write(storageKey, '');
}

/**
 * Takes the lock of a seat, which the browser frees when the page is gone. A page that another site has
 * followed may take half a second to go.
 *
 * Asked so that the browser answers at once, and only its answers count: on a slow device each may take
 * seconds, and a page that has given up by then would take itself for a copy of another tab.
 *
 * @param isTaken whether to take the lock from a page that has it.
 * @returns undefined if another page has it.
 */
export function hold(
  storageKey: string,
  id: string,
  isTaken = false,
): Promise<SeatLock | undefined> {
  return new Promise((resolve) => {
    // Pages of an insecure address have no locks. There the server says who has the seat.
    if (!navigator.locks) return resolve({ release() {} });
    let refusals = 0;
    const ask = () => {
      const options = isTaken ? { steal: true } : { ifAvailable: true };
      const ended = navigator.locks.request(`${storageKey} ${id}`, options, async (lock) => {
        if (lock) await new Promise<void>((release) => resolve({ release, ended }));
        else if (++refusals > MAX_REFUSALS) resolve(undefined);
        else setTimeout(ask, PAUSE_MS);
      });
      ended.catch(() => resolve(undefined));
    };
    ask();
  });
}

function read(storageKey: string): Partial<KeptSeat> {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) || '{}') as Partial<KeptSeat>;
  } catch {
    return {};
  }
}

/** A page of a strict browser may store nothing. */
function write(storageKey: string, value: string): void {
  try {
    sessionStorage.setItem(storageKey, value);
  } catch {}
}
