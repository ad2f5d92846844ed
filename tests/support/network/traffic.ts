import type { Page } from 'playwright-core';
import { SELDOM, untilTrue } from '../browser/browser.ts';

/** What a message says, which tells where it comes in the order and when it was sent. */
interface Message {
  readonly n: number;
  readonly sentAt: number;
}

/** A message that has arrived. */
interface Arrival extends Message {
  readonly at: number;
}

/** What a page has sent to the other one, and what has come. Times are in milliseconds since the epoch. */
export interface Traffic {
  sent: number;
  readonly reliable: Arrival[];
  readonly unreliable: Arrival[];
}

declare global {
  interface Window {
    traffic: Traffic;
    stopTraffic(): void;
  }
}

/** Has a page note what comes. Both must, before one of them sends. */
export async function noteTraffic(page: Page): Promise<void> {
  await page.evaluate(() => {
    const at = () => performance.timeOrigin + performance.now();
    const traffic: Traffic = { sent: 0, reliable: [], unreliable: [] };
    window.traffic = traffic;
    window.say.on((data) => traffic.reliable.push({ ...(data as Message), at: at() }));
    window.sayFast.on((data) => traffic.unreliable.push({ ...(data as Message), at: at() }));
  });
}

/** Has a page send a reliable and an unreliable message again and again. */
export async function startTraffic(page: Page, everyMs: number): Promise<void> {
  await page.evaluate((everyMs) => {
    const { traffic } = window;
    const timer = setInterval(() => {
      const sentAt = performance.timeOrigin + performance.now();
      const message: Message = { n: traffic.sent, sentAt };
      traffic.sent += 1;
      window.say.send(message);
      window.sayFast.send(message);
    }, everyMs);
    window.stopTraffic = () => clearInterval(timer);
  }, everyMs);
}

/** Waits until a message has arrived that was sent after a moment. @returns when it arrived. */
export function untilFlowing(page: Page, after: number): Promise<number> {
  return untilTrue(
    page,
    (after) => window.traffic.reliable.find(({ sentAt }) => sentAt > after)?.at,
    after,
  );
}

export function stopTraffic(page: Page): Promise<number> {
  return page.evaluate(() => {
    window.stopTraffic();
    return window.traffic.sent;
  });
}

/** Waits until so many reliable messages have come, and gives all that have. */
export async function trafficOf(page: Page, reliable: number): Promise<Traffic> {
  // What has not come by then is lost, and shows in the numbers.
  await page
    .waitForFunction((count) => window.traffic.reliable.length >= count, reliable, {
      ...SELDOM,
      timeout: 20_000,
    })
    .catch(() => {});
  return page.evaluate(() => window.traffic);
}
