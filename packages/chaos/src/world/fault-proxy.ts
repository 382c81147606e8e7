import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import type { Direction, Harm } from '../plan/kinds.ts';

/** Where a proxy listens: a port of the loopback (0 picks a free one), or a unix socket. */
export type Place = { readonly port: number } | { readonly path: string };

/** A link between clients and one server, which can be harmed. */
export type FaultProxy = AsyncDisposable & {
  /** The port it listens on; 0 for a unix socket. */
  readonly port: number;
  /**
   * Harms the link until `heal`:
   * - `cut`: connections are reset, new ones too;
   * - `blackhole`: what is sent that way is held back, and arrives when it is healed, as packets would;
   * - `half-open`: the server side is gone and the client side is not told; it is reset when it is healed;
   * - `slow`: what is sent that way crawls.
   */
  harm(harm: Harm, direction: Direction): void;
  /** Idempotent. */
  heal(): void;
};

type Fault = { readonly harm: Harm; readonly up: boolean; readonly down: boolean };
type Pair = { readonly client: Socket; server: Socket | undefined };

/** A slow link delays each piece by so much, and lets so many bytes through at a time. */
const SLOW_MS = 120;
const SLOW_BYTES = 16_384;
const HOST = '127.0.0.1';

/** Breaks a connection off; one by a unix socket knows no reset. */
function reset(socket: Socket | undefined): void {
  if (socket?.remoteFamily === undefined) socket?.destroy();
  else socket.resetAndDestroy();
}

/** Starts a proxy in front of a server, which need not be there yet. */
export async function startProxy(place: Place, to: () => NetConnectOpts): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let fault: Fault | undefined;
  let healed = Promise.withResolvers<void>();

  const isHalfOpen = (): boolean => fault?.harm === 'half-open';

  /** Carries one direction, piece by piece; waiting here is what holds the sender back. */
  async function carry(from: Socket, into: Socket, way: 'up' | 'down'): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      await passage(way, chunk.length);
      if (into.destroyed && !isHalfOpen()) break;
      // Whoever is not told that nobody is there goes on talking.
      if (into.destroyed || into.write(chunk)) continue;
      await Promise.race([once(into, 'drain'), once(into, 'close')]);
    }
    if (!isHalfOpen()) into.end();
  }

  async function passage(way: 'up' | 'down', bytes: number): Promise<void> {
    if (fault?.[way] !== true) return;
    if (fault.harm === 'slow') await after(SLOW_MS * Math.ceil(bytes / SLOW_BYTES));
    else if (fault.harm === 'blackhole') await healed.promise;
  }

  function end(pair: Pair): void {
    pairs.delete(pair);
    reset(pair.client);
    reset(pair.server);
  }

  function join(pair: Pair): void {
    const server = connect(to());
    pair.server = server;
    const { client } = pair;
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    client.once('close', () => {
      pairs.delete(pair);
      server.destroy();
    });
    server.once('close', (broken) => {
      // Half-open: the client hears nothing of it. In good order: the end has been passed on.
      if (broken && !isHalfOpen()) end(pair);
    });
    carry(client, server, 'up').catch(() => end(pair));
    carry(server, client, 'down').catch(() => {
      if (!isHalfOpen()) end(pair);
    });
  }

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const pair: Pair = { client, server: undefined };
    client.on('error', () => undefined);
    pairs.add(pair);
    if (fault?.harm === 'cut') end(pair);
    else if (fault?.harm === 'half-open') client.resume();
    else join(pair);
  });
  listener.listen('path' in place ? place : { ...place, host: HOST });
  await once(listener, 'listening');
  const address = listener.address();

  function heal(): void {
    if (fault === undefined) return;
    const { harm } = fault;
    fault = undefined;
    healed.resolve();
    if (harm === 'half-open') for (const pair of pairs) end(pair);
  }

  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    heal,
    harm(harm, direction) {
      heal();
      healed = Promise.withResolvers();
      fault = { harm, up: direction !== 'down', down: direction !== 'up' };
      if (harm === 'cut') for (const pair of pairs) end(pair);
      if (harm === 'half-open') for (const { server } of pairs) reset(server);
    },
    async [Symbol.asyncDispose]() {
      heal();
      for (const pair of pairs) end(pair);
      listener.close();
      await once(listener, 'close');
    },
  };
}
