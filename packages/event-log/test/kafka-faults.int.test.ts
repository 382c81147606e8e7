import { setTimeout as after } from 'node:timers/promises';
import { type KafkaServer, type ServerProcess, startKafka } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { LogRecord } from '../src/index.ts';
import { numbered, type Reader, range, startReader, until } from '../src/testing/index.ts';
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

/** A reader that stores where it is, as services do, and what it was given, each record once. */
async function reading(log: Parameters<typeof startReader>[0], group: string) {
  let stored: { position: number; eventId: string } | undefined;
  const first: string[] = [];
  const before = (records: readonly LogRecord[]) => {
    for (const { position, body } of records) {
      // What was taken before falls away, as in any service.
      if (stored !== undefined && position <= stored.position) continue;
      first.push(body);
      stored = { position, eventId: (JSON.parse(body) as { id: string }).id };
    }
  };
  const from = async () => (stored === undefined ? [] : [{ partition: 0, ...stored }]);
  const reader: Reader = await startReader(log, { group, from, before });
  onTestFinished(() => reader.subscription[Symbol.asyncDispose]());
  return { ...reader, first };
}

const events = (first: number, last: number) =>
  numbered('k', first, last).map(({ key }, n) => ({ key, body: `{"id":"e${first + n}"}` }));

/** Bodies without those that were sent again. */
const once = (bodies: readonly string[]): string[] => [...new Set(bodies)];

/** Publishes one event after the other until told to stop; what was acknowledged. */
function publishing(log: Awaited<ReturnType<Awaited<ReturnType<typeof kafkaWorld>>['open']>>) {
  let going = true;
  let acknowledged = 0;
  const loop = async () => {
    while (going) {
      await log.publish('again', events(acknowledged + 1, acknowledged + 1));
      acknowledged += 1;
      await after(2);
    }
    return acknowledged;
  };
  const done = loop();
  return {
    acknowledged: () => acknowledged,
    stop: () => {
      going = false;
      return done;
    },
  };
}

async function throughAFault(fault: () => Promise<void>): Promise<void> {
  const world = await kafkaWorld(kafka.brokers);
  onTestFinished(() => world[Symbol.asyncDispose]());
  const [writer, reader] = [await world.open(), await world.open()];
  const one = await reading(reader, 'one');
  const load = publishing(writer);
  await until(() => one.first.length > 50, 'the load to flow');
  await fault();
  const before = load.acknowledged();
  const later = () => load.acknowledged() > before + 50;
  await until(later, 'publishing to go on', RECOVERY_MS);
  const sent = await load.stop();
  const wanted = events(1, sent).map(({ body }) => body);
  await until(() => once(one.first).length >= sent, 'everything to arrive', RECOVERY_MS);
  expect(once(one.first)).toEqual(wanted);
}

/** How long a broker that is back may go unnoticed, ms. */
const RECOVERY_MS = 30_000;
const LONG = 120_000;

describe('a broker that fails', () => {
  it(
    'by kill -9, and comes back, loses nothing and puts nothing out of order',
    async () => {
      await throughAFault(async () => {
        broker.kill('SIGKILL');
        await broker.restart();
      });
    },
    LONG,
  );

  it(
    'by a freeze of 15 s loses nothing and puts nothing out of order',
    async () => {
      await throughAFault(() => freeze(15_000));
    },
    LONG,
  );

  it(
    'by a freeze longer than a session loses nothing and puts nothing out of order',
    async () => {
      await throughAFault(() => freeze(45_000));
    },
    LONG,
  );

  it(
    'holds up neither the lag nor the end of a reader or a log',
    async () => {
      const world = await kafkaWorld(kafka.brokers);
      const log = await world.open();
      const one = await reading(log, 'one');
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
    },
    LONG,
  );
});

async function freeze(ms: number): Promise<void> {
  broker.kill('SIGSTOP');
  await after(ms);
  broker.kill('SIGCONT');
}

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
