/**
 * How every server under test is set up, the official one in its own words. Small numbers, so that
 * filling a server up and waiting in vain are quick.
 */
export const SETUP = { limit: 4, expireTimeout: 1000, leaveGrace: 1000 } as const;

/** The settings of this server that go with `SETUP`. */
export const OUR_SETTINGS = {
  REALM_CAPACITY: String(SETUP.limit),
  EXPIRE_TIMEOUT_MS: String(SETUP.expireTimeout),
  LEAVE_GRACE_MS: String(SETUP.leaveGrace),
  RELAY: 'on',
} as const;
