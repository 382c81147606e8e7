import type { CallOptions, Peer } from './peer.ts';

/** How each method of a door is called. */
export type Ways<Door> = { readonly [Name in keyof Door]: CallOptions };

/** Changes nothing, or is one however often it comes. */
export const safely: CallOptions = { repeat: 'safe' };
/** The same, and somebody waits for it at a desk: as long as the only replica of a service takes to restart. */
export const patiently: CallOptions = { repeat: 'safe', patienceMs: 25_000 };
/** Sent again only when it is known not to have been done. */
export const once: CallOptions = { repeat: 'once' };

/** A door of another service: each method calls the one of its name there. */
export function remote<Door>(peer: Peer, ways: Ways<Door>): Door {
  const methods = Object.entries(ways).map(([name, way]) => [
    name,
    (...args: readonly unknown[]) => peer.call(name, args, way as CallOptions),
  ]);
  // One method for each name of the door; what comes back is our own answer to it.
  return Object.fromEntries(methods) as Door;
}
