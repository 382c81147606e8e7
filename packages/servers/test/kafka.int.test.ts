import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startKafka } from '../src/index.ts';
import { ownServers } from '../src/testing.ts';

await ownServers('kafka');

const reaches = (broker: string): Promise<boolean> =>
  new Promise((resolve) => {
    const [host = '', port] = broker.split(':');
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });

describe('a Kafka of our own', () => {
  it('comes back on its port when it was killed, and goes when it is disposed', async () => {
    const kafka = await startKafka();
    const [node] = kafka.nodes;
    expect(await reaches(kafka.brokers)).toBe(true);
    const first = node?.pid;
    node?.kill('SIGKILL');
    await node?.restart();
    expect(await reaches(kafka.brokers)).toBe(true);
    expect(node?.pid).not.toBe(first);
    await kafka[Symbol.asyncDispose]();
    expect(await reaches(kafka.brokers)).toBe(false);
  }, 60_000);

  it('says what it did not like when it does not start', async () => {
    const refused = startKafka({ settings: { 'num.io.threads': 'many' } });
    await expect(refused).rejects.toMatchObject({
      code: 'KAFKA_START',
      message: expect.stringContaining('num.io.threads'),
    });
  });
});
