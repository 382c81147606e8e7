import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../src/world/fault-proxy.ts';

let parts: AsyncDisposableStack;
let proxy: FaultProxy;

beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const sockets = new Set<Socket>();
  const echo = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  parts.defer(async () => {
    for (const socket of sockets) socket.destroy();
    echo.close();
    await once(echo, 'close');
  });
  const { port } = echo.address() as AddressInfo;
  proxy = parts.use(await startProxy({ port: 0 }, () => ({ port, host: '127.0.0.1' })));
});
afterEach(() => parts.disposeAsync());

/** A client, and all it has heard. */
async function client() {
  const socket = connect(proxy.port, '127.0.0.1');
  parts.defer(() => void socket.destroy());
  const heard = { text: '', ended: '' };
  socket.on('data', (chunk) => (heard.text += String(chunk)));
  socket.on('error', (error) => (heard.ended = String((error as NodeJS.ErrnoException).code)));
  await once(socket, 'connect');
  return { socket, heard };
}

async function talking() {
  const one = await client();
  one.socket.write('a');
  await expect.poll(() => one.heard.text).toBe('a');
  return one;
}

it('passes on what is said, whatever its length', async () => {
  const { socket, heard } = await client();
  const long = 'x'.repeat(3_000_000);
  socket.write(long);
  await expect.poll(() => heard.text.length, { timeout: 10_000 }).toBe(long.length);
});

it('cut: resets who is connected and who connects, until it is healed', async () => {
  const { heard } = await talking();
  proxy.harm('cut', 'both');
  await expect.poll(() => heard.ended).toBe('ECONNRESET');
  const refused = connect(proxy.port, '127.0.0.1');
  await expect(once(refused, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' });
  proxy.heal();
  await talking();
});

it.each(['up', 'down', 'both'] as const)(
  'blackhole %s: what is held back arrives when it is healed',
  async (way) => {
    const { socket, heard } = await talking();
    proxy.harm('blackhole', way);
    socket.write('b');
    // Whoever connects meanwhile fares the same.
    const other = await client();
    other.socket.write('c');
    expect(heard).toEqual({ text: 'a', ended: '' });
    proxy.heal();
    await expect.poll(() => heard.text).toBe('ab');
    await expect.poll(() => other.heard.text).toBe('c');
  },
);

it('half-open: says nothing of the server that is gone, and resets when it is healed', async () => {
  const { socket, heard } = await talking();
  proxy.harm('half-open', 'both');
  socket.write('b');
  const other = await client();
  other.socket.write('c');
  expect([heard, other.heard]).toEqual([
    { text: 'a', ended: '' },
    { text: '', ended: '' },
  ]);
  proxy.heal();
  await expect.poll(() => heard.ended).toBe('ECONNRESET');
  await expect.poll(() => other.heard.ended).toBe('ECONNRESET');
  expect(heard.text).toBe('a');
  await talking();
});

it('slow: all arrives, in order', async () => {
  const { socket, heard } = await talking();
  proxy.harm('slow', 'both');
  const words = Array.from({ length: 50 }, (_, n) => `${n} `).join('');
  for (const word of words.split(/(?<= )/)) socket.write(word);
  await expect.poll(() => heard.text, { timeout: 20_000 }).toBe(`a${words}`);
});
