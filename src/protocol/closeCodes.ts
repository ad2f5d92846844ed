/**
 * The codes with which a socket ends (RFC 6455, section 7.4): first those of the server. The official
 * server sends none. No known client reads them, but people do, in the network tab of the browser.
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
/** The peer sent a frame that is malformed or out of place. */
export const PROTOCOL_ERROR = 1002;
/** A text of the peer is not UTF-8. */
export const INVALID_PAYLOAD = 1007;
/** A message of the peer is too long to be read. */
export const TOO_BIG = 1009;

/** A browser says this when a tab is closed or reloaded. */
export const GOING_AWAY = 1001;
/** What a runtime reports for a close frame without a code, as `socket.close()` of a browser sends it. */
export const NO_STATUS = 1005;
/** What a runtime reports for a connection that has ended without a close frame. */
export const LOST = 1006;
