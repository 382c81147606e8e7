import { setTimeout as after } from 'node:timers/promises';
import { type KafkaServer, type ServerProcess, startKafka } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { range, startReader, until } from '../src/testing/index.ts';
import { events, freeze, storing, throughAFault } from './kafka-fault.ts';
import { kafkaWorld } from './kafka-world.ts';

await ownServers('kafka');

let kafka: KafkaServer;
let broker: ServerProcess;

beforeAll(async () => {
  kafka = await startKafka();
  const [node] = kafka.nodes;
  if (node === undefined) throw new Error('a Kafka without a broker');
  broker = node;
});

afterAll(() => kafka[Symbol.asyncDispose]());

describe('a broker that fails', { timeout: 120_000 }, () => {
  it('by kill -9, and comes back, loses nothing and puts nothing out of order', async () => {
    await throughAFault(kafka.brokers, async () => {
      broker.kill('SIGKILL');
      await broker.restart();
    });
  });

  it('by a freeze of 15 s loses nothing and puts nothing out of order', async () => {
    await throughAFault(kafka.brokers, () => freeze(broker, 15_000));
  });

  it('holds up neither the lag nor the end of a reader or a log', async () => {
    const world = await kafkaWorld(kafka.brokers);
    const log = await world.open();
    const one = await storing(log, 'one');
    await log.publish('again', events(1, 3));
    await until(() => one.first.length === 3, 'the records');
    broker.kill('SIGSTOP');
    try {
      expect(await one.subscription.lag()).toBe(0);
      await expect(log.check()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
      const ended = log[Symbol.asyncDispose]().then(() => 'ended');
      expect(await Promise.race([ended, after(15_000, 'late', { ref: false })])).toBe('ended');
    } finally {
      broker.kill('SIGCONT');
      await world[Symbol.asyncDispose]();
    }
  });
});

describe('a reader that fails', () => {
  const mistakes: readonly (readonly [string, () => unknown])[] = [
    ['an Error', () => new Error('no')],
    ['a TypeError', () => new TypeError('undefined is not a function')],
    ['a RangeError', () => new RangeError('too deep')],
    ['an AggregateError', () => new AggregateError([new TypeError('x')], 'several')],
    ['something that is no error', () => 'no'],
    ['nothing at all', () => undefined],
  ];

  it.each(mistakes)('with %s is given the same again, and goes on', async (_what, mistake) => {
    const world = await kafkaWorld(kafka.brokers);
    onTestFinished(() => world[Symbol.asyncDispose]());
    const rebuilt: string[] = [];
    const observe = {
      rebuilt: (_topic: string, _group: unknown, reason: string) => void rebuilt.push(reason),
    };
    const log = await world.open({ observe });
    const seen: number[][] = [];
    const reader = await startReader(log, {
      before(records) {
        seen.push(records.map(({ position }) => position));
        // What adapters must survive is exactly what nobody should throw.
        // oxlint-disable-next-line typescript/only-throw-error -- what is thrown is the test
        if (seen.length <= 3) throw mistake();
      },
    });
    onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
    await log.publish('again', events(1, 5));
    await reader.has(5);
    expect(seen).toEqual([range(1, 5), range(1, 5), range(1, 5), range(1, 5)]);
    await log.publish('again', events(6, 7));
    await reader.has(7);
    expect(reader.positions()).toEqual(range(1, 7));
    expect(rebuilt).toEqual([]);
  });
});
