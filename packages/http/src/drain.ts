import { Server as NetServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import type { Server } from './server.ts';

const POLL_MS = 20;

/**
 * When the server is closed it first listens no more, and for so long answers what still comes on open
 * connections, each with its last answer: a client that is about to send on one would find it broken,
 * and not know whether its request was done.
 */
export function drainOnClose(app: Server, withinMs: number): void {
  app.addHook('preClose', async () => {
    const { server } = app;
    if (!server.listening) return;
    // Of a server for HTTP it breaks idle connections at once.
    NetServer.prototype.close.call(server);
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline && (await connectionsOf(app)) > 0) await after(POLL_MS);
  });
}

function connectionsOf({ server }: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
