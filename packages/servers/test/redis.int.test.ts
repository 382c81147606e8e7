import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../src/index.ts';
import { ownServers } from '../src/testing.ts';

await ownServers('redis');

/** Says one thing to Redis and returns the first line of what it answers. */
async function tell(path: string, words: string): Promise<string> {
  const socket = connect(path);
  try {
    socket.write(`${words}\r\n`);
    for await (const chunk of socket) return String(chunk).trimEnd();
    throw new Error('no answer');
  } finally {
    socket.destroy();
  }
}

describe('a Redis of our own', () => {
  it('keeps what it acknowledged when it is killed and started again', async () => {
    await using redis = await startRedis();
    expect(await tell(redis.path, 'SET place 杨浦')).toBe('+OK');
    redis.process.kill('SIGKILL');
    await redis.process.restart();
    expect(await tell(redis.path, 'GET place')).toMatch(/杨浦$/);
    expect(await tell(redis.path, 'CONFIG GET maxmemory-policy')).toMatch(/noeviction$/);
  });

  it('says what it did not like when it does not start', async () => {
    const refused = startRedis({ settings: { 'maxmemory-policy': 'none-such' } });
    await expect(refused).rejects.toMatchObject({
      code: 'REDIS_START',
      message: expect.stringContaining('maxmemory-policy'),
    });
  });
});
