/**
 * The codes with which the server closes a socket (RFC 6455, section 7.4). The official server
 * sends none. No known client reads them, but people do, in the network tab of the browser.
 */

/** The peer broke a rule, or its join was refused. The reason names the rule. */
export const POLICY_VIOLATION = 1008;
/** The self-hosted server stops or is restarted. The peer did nothing wrong and may reconnect. */
export const SERVICE_RESTART = 1012;
/** The peer did nothing wrong and may try again. */
export const TRY_AGAIN_LATER = 1013;
/** The same peer has reconnected on a newer socket. */
export const REPLACED = 4000;
/** The peer was silent for too long and lost its id. */
export const SILENT = 4001;
/** The peer did not read what was sent to it. */
export const SLOW = 4002;
/** The peer gave up its id, and did not close its socket afterwards. */
export const NORMAL = 1000;
