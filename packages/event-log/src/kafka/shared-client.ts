import { atMost } from './client.ts';

type Client = { connect(): Promise<void>; disconnect(): Promise<void> };
type Holder<C> = { readonly ready: Promise<C>; users: number; dropped: boolean };

/** A connection of kafkajs that several use at once. */
export type SharedClient<C> = {
  /** Rejects as the work does, and when it takes longer than it may. */
  use<T>(work: (client: C) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

const CLOSE_MS = 1_000;

/**
 * Connects when it is first used. After a failure the next user gets a new one, for it does not always
 * find back by itself; the old one is disconnected when its last user is done, because a request that is
 * under way then is neither answered nor refused ever.
 */
export function sharedClient<C extends Client>(make: () => C, limitMs: number): SharedClient<C> {
  let current: Holder<C> | undefined;

  async function connect(): Promise<C> {
    const client = make();
    await client.connect();
    return client;
  }

  async function disconnect(holder: Holder<C>): Promise<void> {
    const ended = holder.ready.then((client) => client.disconnect());
    await atMost(CLOSE_MS, ended);
  }

  async function drop(holder: Holder<C>): Promise<void> {
    if (current === holder) current = undefined;
    if (holder.dropped || holder.users > 0) return;
    holder.dropped = true;
    await disconnect(holder);
  }

  return {
    async use(work) {
      const holder = current ?? { ready: connect(), users: 0, dropped: false };
      current = holder;
      holder.users += 1;
      try {
        return await within(limitMs, holder.ready.then(work));
      } catch (error) {
        current = current === holder ? undefined : current;
        throw error;
      } finally {
        holder.users -= 1;
        if (current !== holder) void drop(holder);
      }
    },
    async close() {
      const holder = current;
      current = undefined;
      if (holder !== undefined) await disconnect(holder);
    },
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
