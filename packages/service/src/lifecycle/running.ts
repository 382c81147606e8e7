import type { ReadyCheck } from '@cityloop/http';
import type { Methods } from '../calls/methods.ts';
import type { OpenStream } from '../calls/streams.ts';

/** A service at work, as its door sees it. */
export type Running = {
  /** What other services may call. */
  readonly methods?: Methods;
  readonly streams?: Readonly<Record<string, OpenStream>>;
  readonly ready: readonly ReadyCheck[];
};

/** What is behind a door at the moment; throws while there is nothing yet, or no more. */
export type Offer = {
  methods(): Methods;
  streams(): Readonly<Record<string, OpenStream>>;
};
