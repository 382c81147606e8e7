import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { drainOnClose } from '../src/index.ts';
import { serverWith } from './server-fixture.ts';

it('answers what still comes on open connections when it closes, and each for the last time', async () => {
  await using fixture = await serverWith(async () => undefined);
  const { app } = fixture;
  drainOnClose(app, 5_000);
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (): Promise<IncomingMessage> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(new URL('/live', url), { agent }, resolve).once('error', reject);
    });
    await text(answer);
    return answer;
  };
  const first = await ask();
  expect(first.headers.connection).toBe('keep-alive');
  const closed = app.close();
  await expect.poll(() => refused(url)).toBe('ECONNREFUSED');
  const last = await ask();
  expect(last.statusCode).toBe(200);
  expect(last.headers.connection).toBe('close');
  const fromMs = performance.now();
  await closed;
  // Nobody is left: it does not wait for those five seconds.
  expect(performance.now() - fromMs).toBeLessThan(2_000);
});

it('breaks connections on which nothing comes after that time', async () => {
  await using fixture = await serverWith(async () => undefined);
  const { app } = fixture;
  drainOnClose(app, 100);
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    get(new URL('/live', url), { agent }, (answer) => {
      answer.resume().once('end', resolve);
    }).once('error', reject);
  });
  await app.close();
  expect(await refused(url)).toBe('ECONNREFUSED');
});

/** What becomes of a new connection. */
function refused({ hostname, port }: URL): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
  });
}
