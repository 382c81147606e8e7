import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { serverWith } from './server-fixture.ts';

async function answerTo(bytes: string): Promise<string> {
  await using server = await serverWith(async () => undefined);
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  // A TCP server has an address object; only pipes have a string.
  const { port } = server.app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes);
  return await text(socket);
}

describe('a peer that does not speak HTTP', () => {
  it('is told so with a problem document and let go', async () => {
    const answer = await answerTo('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"REQUEST_MALFORMED"');
  });

  it('is told when its headers are too large', async () => {
    const answer = await answerTo(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"status":431');
  });
});
