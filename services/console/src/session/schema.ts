/** Where the gateway keeps what is its own. */
export const SCHEMA = 'console';
