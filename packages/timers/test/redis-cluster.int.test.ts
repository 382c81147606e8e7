import { once } from 'node:events';
import { connect } from 'node:net';
import { type RedisServer, startRedis } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { afterAll, beforeAll } from 'vitest';
import { timerIndexConformance } from '../src/testing/index.ts';
import { healthyWorld } from './redis-world.ts';

await ownServers('redis');

const SLOTS = 'CLUSTER ADDSLOTSRANGE 0 16383';

/** A cluster of one node: it refuses scripts whose keys are not all in one slot. */
let server: RedisServer | undefined;
beforeAll(async () => {
  server = await startRedis({
    settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
  });
  await say(SLOTS, '+OK');
  while (!(await say('CLUSTER INFO', '')).includes('cluster_state:ok'));
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Says one line to the server, and what it answers. */
async function say(line: string, wanted: string): Promise<string> {
  const socket = connect(Number(new URL(server?.url ?? '').port), '127.0.0.1');
  socket.write(`${line}\r\n`);
  const [answer]: Buffer[] = await once(socket, 'data');
  socket.destroy();
  if (!String(answer).startsWith(wanted)) throw new Error(`${line}: ${answer}`);
  return String(answer);
}

timerIndexConformance('in a Redis Cluster', () =>
  healthyWorld({ url: `${server?.url},${server?.url}` }),
);
