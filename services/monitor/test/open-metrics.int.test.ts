import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { createMetrics } from '@cityloop/runtime';
import { expect, it } from 'vitest';
import { openMetrics } from '../src/index.ts';

const HOUR_MS = 3_600_000;

it('tells what is open and late by centre and how old a queue is, looking once in a while', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 2 });
  await migrate(db, { schema: 'monitor', dir: new URL('../migrations', import.meta.url) });
  let n = 0;
  const add = async (custodian: string, centre: string, hours: number, more: object = {}) => {
    const at = new Date(Date.now() - hours * HOUR_MS).toISOString();
    n += 1;
    const row = {
      ...{ incident_id: `00000000-0000-7000-8000-00000000000${n}`, version: 1, number: `N${n}` },
      ...{ status: 's', custodian, channel: 'c', urgency: 'normal', description: 'd' },
      ...{ owner_centre: centre, centre, level: 'district', units: [], discovered_by: 'p' },
      ...{ reported_at: at, overdue: false, supervised: false, updated_at: at, ...more },
    };
    const values = [JSON.stringify([row]), n, `e${n}`];
    await db.query({ text: 'select monitor.flush($1, $2, $3)', values });
  };
  await add('dispatch', '310110', 2, { overdue: true });
  await add('dispatch', '310110', 5);
  await add('handling', '310110019', 3);
  await add('handling', '310110019', 90, { status: 'suspended' });
  await add('archive', '310110019', 99, { ended_at: new Date().toISOString() });

  const metrics = createMetrics({ processMetrics: false });
  let nowMs = 0;
  openMetrics(metrics, db, () => nowMs);
  const told = async () => (await metrics.text()).split('\n').filter((line) => /^\w+{/.test(line));
  const lines = await told();
  expect(lines).toEqual(
    expect.arrayContaining([
      'cityloop_incidents_open{centre="310110"} 2',
      'cityloop_incidents_open{centre="310110019"} 2',
      'cityloop_incidents_overdue{centre="310110"} 1',
      'cityloop_incidents_overdue{centre="310110019"} 0',
      'cityloop_queue_oldest_seconds{stage="intake"} 0',
      'cityloop_queue_oldest_seconds{stage="archive"} 0',
    ]),
  );
  const ageOf = (stage: string) =>
    Number(lines.find((line) => line.includes(`{stage="${stage}"}`))?.split(' ')[1]) / 3_600;
  expect(ageOf('dispatch')).toBeCloseTo(5, 1);
  expect(ageOf('handling')).toBeCloseTo(3, 1);

  await db.execute({ text: 'update monitor.incident set ended_at = now()' });
  nowMs = 14_000;
  expect(await told()).toEqual(lines);
  nowMs = 15_000;
  expect((await told()).filter((line) => line.includes('centre='))).toEqual([]);
});
