import { setTimeout as after } from 'node:timers/promises';
import type { ServerProcess } from '@cityloop/servers';
import { expect } from 'vitest';
import type { EventLog, LogRecord } from '../src/index.ts';
import { numbered, type Reader, startReader, until } from '../src/testing/index.ts';
import { kafkaWorld } from './kafka-world.ts';

/** How long a broker that is back may go unnoticed, ms. */
const RECOVERY_MS = 30_000;

/** A reader that stores where it is, as services do, and what it was given, each record once. */
export async function storing(log: EventLog, group: string) {
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
  return { ...reader, first };
}

/** Events of one key, told apart by their number. */
export const events = (first: number, last: number) =>
  numbered('k', first, last).map(({ key }, n) => ({ key, body: `{"id":"e${first + n}"}` }));

/** Bodies without those that were sent again. */
const once = (bodies: readonly string[]): string[] => [...new Set(bodies)];

/** Publishes one event after the other until told to stop; what was acknowledged. */
function publishing(log: EventLog) {
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

/** Reads and publishes through a fault; nothing may be lost or out of order, and both have to go on. */
export async function throughAFault(brokers: string, fault: () => Promise<void>): Promise<void> {
  await using world = await kafkaWorld(brokers);
  const [writer, reader] = [await world.open(), await world.open()];
  const one = await storing(reader, 'one');
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

/** Stops a process for a while, which keeps its sockets open and says nothing. */
export async function freeze(broker: ServerProcess, ms: number): Promise<void> {
  broker.kill('SIGSTOP');
  await after(ms);
  broker.kill('SIGCONT');
}
