/**
 * The codes the server closes a socket with (RFC 6455, section 7.4). The official server gives none;
 * no known client looks at them, but people do, in the network tab of the browser.
 */

/** The peer broke a rule or was turned away. The reason names which rule. */
export const POLICY_VIOLATION = 1008;
/** The self-hosted server stops or is restarted. The peer did nothing wrong, and may come back. */
export const SERVICE_RESTART = 1012;
/** The peer did nothing wrong and may come back at once. */
export const TRY_AGAIN_LATER = 1013;
/** The same peer has come back on a newer socket. */
export const REPLACED = 4000;
/** The peer had been silent for so long that its id was given up. */
export const SILENT = 4001;
/** The peer did not read what was sent to it. */
export const SLOW = 4002;
/** The peer gave up its id, and did not close its socket afterwards. */
export const NORMAL = 1000;
