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
  /** Rejects when another page takes the seat over. */
  readonly ended?: Promise<unknown>;
}

/** The seat that this tab had before a reload. Not if another tab has it: then this tab is a copy of that one. */
export async function recall(storageKey: string): Promise<Partial<KeptSeat>> {
  const kept = read(storageKey);
  if (kept.id === undefined) return {};
  const lock = await hold(storageKey, kept.id);
  lock?.release();
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
 * Takes the lock of a seat, which the browser frees when the page is gone. The page before a reload
 * may take a moment to go.
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
    const held = () => new Promise<void>((release) => resolve({ release, ended }));
    const options = isTaken ? { steal: true } : { signal: AbortSignal.timeout(300) };
    const ended = navigator.locks.request(`${storageKey} ${id}`, options, held);
    ended.catch(() => resolve(undefined));
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
