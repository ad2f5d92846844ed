/** The bindings that the launcher gives to the self-hosted Worker, beside settings. */

/** How many peers' sockets the limit of file descriptors allows. */
export const MAX_SOCKETS = 'MAX_SOCKETS';

/** The entrypoint that only the launcher reaches, by a socket in its temporary folder. */
export const CONTROL = 'control';
