/** Where the picture stands. */
export const SCHEMA = 'monitor';
