type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** What this package needs of a logger; a pino logger fits as it is. */
export type DatabaseLogger = {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
};

/** For callers that have nothing to log to. */
export const silent: DatabaseLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
