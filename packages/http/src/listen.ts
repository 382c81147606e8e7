import { isIPv4 } from 'node:net';
import { Unavailable } from '@cityloop/kernel';
import type { Server } from './server.ts';

export type ListenAt = { readonly PORT: number; readonly HOST: string };

/** Whether nobody but this machine can come to an address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/**
 * Opens the door; answers its URL. Throws `Unavailable` `PORT_TAKEN`, `PORT_FORBIDDEN` or
 * `LISTEN_FAILED` with what to do.
 */
export function listenOn(app: Server, at: ListenAt): Promise<string> {
  return app.listen({ port: at.PORT, host: at.HOST }).catch((cause: unknown) => {
    throw listenRefused(at, cause);
  });
}

function listenRefused({ PORT, HOST }: ListenAt, cause: unknown): Error {
  const code = (cause as { readonly code?: string }).code;
  if (code === 'EADDRINUSE') {
    return new Unavailable(
      'PORT_TAKEN',
      `port ${PORT} is taken: stop what uses it, or choose another one with PORT`,
      {},
      { cause },
    );
  }
  if (code === 'EACCES') {
    return new Unavailable(
      'PORT_FORBIDDEN',
      `port ${PORT} needs more rights: choose one above 1023 with PORT`,
      {},
      { cause },
    );
  }
  return new Unavailable(
    'LISTEN_FAILED',
    `cannot listen on ${HOST}:${PORT}: check that HOST is an address of this machine`,
    {},
    { cause },
  );
}
