import { expect, it, onTestFinished, vi } from 'vitest';
import { parseSettings, SETTING_NAMES } from '../settings.ts';

it('where joins are not limited, the log names what an operator can set', async () => {
  const info = vi.spyOn(console, 'info').mockReturnValue();
  onTestFinished(() => info.mockRestore());
  // It says so once, and another file may have made it.
  vi.resetModules();
  const { isWithinAddressLimit } = await import('./addressLimit.ts');
  const address = { client: undefined, socket: '192.0.2.1' };
  const runtime = { settings: parseSettings({}), addressLimiter: undefined, address };
  expect(await isWithinAddressLimit(runtime, new Headers(), 'join')).toBe(true);
  const { reason } = JSON.parse(String(info.mock.lastCall)) as { reason: string };
  expect(SETTING_NAMES.filter((name) => reason.includes(name))).toEqual(['TRUST_PROXY']);
  expect(reason).toContain('ADDRESS_LIMITER');
});
