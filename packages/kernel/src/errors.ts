/**
 * The root of every error this system throws on purpose. `code` is part of the public contract:
 * the HTTP layer, the dead letters and the dashboards key on it, never on `message`.
 */
export abstract class CityLoopError extends Error {
  /** Whether the same input could succeed later. Decides between a retry and the dead letters. */
  abstract readonly retryable: boolean;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** The domain said no (HTTP 409). Trying again changes nothing while the state stays as it is. */
export class RuleViolation extends CityLoopError {
  readonly retryable = false;
}

/** The input is malformed or names what does not exist (HTTP 400); `details.issues` says where. */
export class InvalidInput extends CityLoopError {
  readonly retryable = false;
}

/** Nobody is signed in, or the token is not ours (HTTP 401). */
export class Unauthenticated extends CityLoopError {
  readonly retryable = false;
}

/** The caller may see the thing but not do this with it (HTTP 403). */
export class Forbidden extends CityLoopError {
  readonly retryable = false;
}

/** Not there, or not for the caller's eyes: the two are told apart to nobody (HTTP 404). */
export class NotFound extends CityLoopError {
  readonly retryable = false;
}

/** The caller acted on an older version than the one that stands (HTTP 412). */
export class StaleVersion extends CityLoopError {
  readonly retryable = false;
}

/** The same idempotency key came with another body (HTTP 422). */
export class KeyReused extends CityLoopError {
  readonly retryable = false;
}

/** The caller asks more often than is allowed (HTTP 429); `details.retryAfter` (s) says when again. */
export class TooManyRequests extends CityLoopError {
  readonly retryable = true;
}

/** A dependency did not answer, or the state moved (HTTP 503). Trying again may help. */
export class Unavailable extends CityLoopError {
  readonly retryable = true;
}
