import type { Profile } from './types.ts';

/** What a tab keeps of a seat, for a reload of its page. */
interface KeptSeat extends Profile {
  readonly id: string;
  readonly token: string;
}

/** The lock of a seat, by which a browser knows which of its pages has the seat. */
export interface SeatLock {
  /** This page does not have the seat any more. */
  release(): void;
  /** Rejects when another page takes the seat over. */
  readonly ended?: Promise<unknown>;
}

/** The seat of before a reload, unless another tab has it: this one is then a copy of that. */
export async function recall(place: string): Promise<Partial<KeptSeat>> {
  const kept = read(place);
  if (kept.id === undefined) return {};
  const lock = await hold(place, kept.id);
  lock?.release();
  return lock ? kept : {};
}

export function keep(place: string, id: string, token: string, { name, data }: Profile): void {
  write(place, JSON.stringify({ id, token, name, data }));
}

/** Forgets a seat. Another room of this page may have one there by now. */
export function forget(place: string, id: string): void {
  if (read(place).id === id) write(place, '');
}

/**
 * Takes the lock of a seat, which the browser frees when the page is gone. The page before a reload
 * may take a moment to go.
 *
 * @param isTaken whether to take it from a page that has it.
 * @returns undefined if another page has it.
 */
export function hold(place: string, id: string, isTaken = false): Promise<SeatLock | undefined> {
  return new Promise((resolve) => {
    // Pages of an insecure address have no locks. There the server says who has the seat.
    if (!navigator.locks) return resolve({ release() {} });
    const held = () => new Promise<void>((release) => resolve({ release, ended }));
    const options = isTaken ? { steal: true } : { signal: AbortSignal.timeout(300) };
    const ended = navigator.locks.request(`${place} ${id}`, options, held);
    ended.catch(() => resolve(undefined));
  });
}

function read(place: string): Partial<KeptSeat> {
  try {
    return JSON.parse(sessionStorage.getItem(place) || '{}') as Partial<KeptSeat>;
  } catch {
    return {};
  }
}

/** A page of a strict browser may store nothing. */
function write(place: string, value: string): void {
  try {
    sessionStorage.setItem(place, value);
  } catch {}
}
