import { packSections } from '@cityloop/contracts';
import { type KafkaEventLog, kafkaEventLog } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { testServer } from '@cityloop/servers/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveToDatabase } from '../src/log/move-to-database.ts';
import { moveToKafka } from '../src/log/move-to-kafka.ts';
import { refill } from '../src/log/refill.ts';
import { verifyRun } from '../src/verify/run.ts';
import { smallRun } from './small-run.ts';

const kafka = await testServer('kafka');
const LONG = 120_000;
const EVER = '2000-01-01';

describe('a log that is moved and filled again', () => {
  let database: TestDatabase;
  let db: Database;
  let log: KafkaEventLog;
  const logs: KafkaEventLog[] = [];

  /** A Kafka with no topics of ours, as one whose data is gone. */
  async function emptyKafka(): Promise<KafkaEventLog> {
    const brokers = kafka.address.split(',');
    const prefix = `${kafka.prefix}${logs.length}.`;
    const made = kafkaEventLog({ brokers, clientId: 'test', prefix });
    logs.push(made);
    await made.ensureTopics();
    return made;
  }

  async function clean(elsewhere?: KafkaEventLog): Promise<void> {
    const report = await verifyRun(db, { settled: true, log: elsewhere });
    expect(report.ok, JSON.stringify(report.verdicts, null, 1)).toBe(true);
  }

  beforeAll(async () => {
    database = await createTestDatabase();
    db = createPool(database.url, { max: 3, name: 'cityloop-tool' });
  });
  afterAll(async () => {
    for (const each of logs) await each[Symbol.asyncDispose]();
    await db.close();
    await database[Symbol.asyncDispose]();
  });

  it(
    'goes from the database to Kafka, and work goes on there',
    async () => {
      await smallRun(database.url, { each: 2 });
      log = await emptyKafka();
      expect(await moveToKafka(db, log)).toBeGreaterThan(100);
      await clean(log);
      await smallRun(database.url, { log, round: 'in kafka/', each: 2 });
      await clean(log);
    },
    LONG,
  );

  it('is not moved into topics that have records', async () => {
    await expect(moveToKafka(db, log)).rejects.toMatchObject({ code: 'LOG_MOVE_NOT_EMPTY' });
  });

  it(
    'is filled again when Kafka has lost everything, and work goes on',
    async () => {
      log = await emptyKafka();
      const { events, revisions } = await refill(db, log, EVER);
      const [recorded] = await db.query<{ n: number }>({
        text: 'select count(*) as n from ledger.incident_event',
      });
      expect(events).toBe(recorded?.n);
      expect(revisions).toBe(packSections.length);
      await clean(log);
      // Twice is harmless, and the policy it has is not told again.
      expect((await refill(db, log, EVER)).revisions).toBe(0);
      await smallRun(database.url, { log, round: 'filled again/', each: 2 });
      await clean(log);
    },
    LONG,
  );

  it(
    'goes back to the database, and work goes on there',
    async () => {
      const [before] = await db.query<{ n: number }>({
        text: 'select count(*) as n from ledger.incident_event',
      });
      expect(await moveToDatabase(db, log)).toBe(before?.n);
      await smallRun(database.url, { round: 'back/', each: 2 });
      await clean();
    },
    LONG,
  );
});
