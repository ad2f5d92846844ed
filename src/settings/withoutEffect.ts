import { Logger } from '../log/Logger.ts';
import type { SettingName, Settings } from '../settings.ts';

/** The settings that have no effect, by where the server runs. */
const WITHOUT_EFFECT = {
  // One process holds all.
  Node: ['REALM_SHARDS', 'JURISDICTION', 'LOCATION_HINT'],
  // One process too, and no file.
  workerd: ['ROOMS_FILE', 'JURISDICTION', 'LOCATION_HINT'],
  // Rooms outlive a deploy anyway. Cloudflare says who asks, and its rate limiting bindings count.
  Cloudflare: ['ROOMS_FILE', 'JOINS_PER_MINUTE', 'TRUST_PROXY'],
} as const satisfies Readonly<Record<string, readonly SettingName[]>>;

/** Warns of each setting that is set and has no effect here. */
export function warnOfSettingsWithoutEffect(
  { changed, logLevel }: Pick<Settings, 'changed' | 'logLevel'>,
  here: keyof typeof WITHOUT_EFFECT,
): void {
  const log = new Logger(logLevel);
  for (const setting of WITHOUT_EFFECT[here]) {
    if (changed.includes(setting)) log.warn('setting.without-effect', { setting, here });
  }
}
