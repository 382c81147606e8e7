import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { z } from 'zod';
import type { Methods } from '../src/calls/methods.ts';
import { createPeer, type Peer } from '../src/calls/peer.ts';
import type { OpenStream } from '../src/calls/streams.ts';
import { createInternalDoor, type InternalDoor } from '../src/lifecycle/door.ts';

export const TOKEN = 'a-token-of-more-than-thirty-two-characters';
export const logger = createLogger({ name: 'test', level: 'silent' });

export type Replica = AsyncDisposable & {
  readonly url: string;
  readonly port: number;
  readonly door: InternalDoor;
  /** How many requests with calls it got. */
  requests(): number;
};

/** A process' door with these methods behind it, in this process. */
export async function startReplica(
  methods: Methods,
  at: {
    readonly port?: number;
    readonly streams?: Readonly<Record<string, OpenStream>>;
    readonly closed?: boolean;
  } = {},
): Promise<Replica> {
  const metrics = createMetrics({ processMetrics: false });
  const settings = { HOST: '127.0.0.1', SERVICE_TOKEN: TOKEN };
  const door = createInternalDoor({ name: 'test', settings, logger, metrics });
  let requests = 0;
  door.app.addHook('onRequest', async (request) => {
    if (request.url === '/internal/calls') requests += 1;
  });
  await door.app.listen({ port: at.port ?? 0, host: '127.0.0.1' });
  const { port } = door.app.server.address() as AddressInfo;
  if (at.closed !== true) door.open({ methods, streams: at.streams ?? {}, ready: [] });
  return {
    ...{ port, door, url: `http://127.0.0.1:${port}`, requests: () => requests },
    async [Symbol.asyncDispose]() {
      door.app.server.closeAllConnections();
      await door.app.close();
    },
  };
}

export const Any = z.array(z.unknown());
/** A method without a schema of its own: what is called is what is looked at. */
export const method = (run: (...args: never[]) => unknown) => ({ args: Any, run });

export function peerOf(
  urls: readonly string[],
  options: { readonly token?: string; readonly most?: number } = {},
): Peer & Disposable {
  const peer = createPeer({ service: 'dispatch', urls, token: TOKEN, logger, ...options });
  return Object.assign(peer, { [Symbol.dispose]: () => peer.close() });
}
