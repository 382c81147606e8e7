import { createPool } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import { createLogger, createMetrics } from '@cityloop/runtime';
import { expect, it } from 'vitest';
import { startLoop } from '../src/loop.ts';
import { atRest } from './at-rest.ts';
import { hastyPack } from './hasty-pack.ts';
import { Case } from './small-run-case.ts';

it('the picture of an incident with events of a newer build is made good by the build that knows them', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 12, name: 'test' });
  await using pack = await hastyPack();
  const start = () =>
    startLoop({
      ...{ db, packDir: pack.path },
      logger: createLogger({ name: 'test', level: 'silent' }),
      metrics: createMetrics({ processMetrics: false }),
    });
  const startedAndStopped = async () => (await start())[Symbol.asyncDispose]();
  const noted = async () =>
    (await db.query<{ id: string }>({ text: 'select incident_id as id from monitor.passed_over' }))
      .map(({ id }) => id)
      .toSorted();
  const shown = async (id: string) => {
    const text = 'select status, version from monitor.incident where incident_id = $1';
    return (await db.query<{ status: string; version: number }>({ text, values: [id] }))[0];
  };

  let one = '';
  let other = '';
  {
    await using running = await start();
    one = (await new Case(running.loop, 'one').report('tao-grid')).id;
    other = (await new Case(running.loop, 'other').report('tao-grid')).id;
    await atRest(db, running);
  }
  // As a newer build would have recorded it, and an older one passed over.
  await db.query({
    text: `select log.append_incident_events($1, (
             select replace(replace(body, 'reported.v1', 'reported.v9'), '"sequence":"1"', '"sequence":"90"')
             from log.incident_event where incident_id = $2 and version = 1), 1)`,
    values: [`${one}\t90`, one],
  });
  {
    await using running = await start();
    // What comes behind is taken, so the picture is past it.
    await new Case(running.loop, 'third').report('tao-grid');
    await expect.poll(noted, { timeout: 10_000 }).toEqual([one]);
    await running.settled();
    expect((await shown(one))?.version).toBeLessThan(90);
  }
  const was = await shown(other);
  await db.query({
    text: `with noted as (insert into monitor.passed_over (incident_id) values ($1))
           update monitor.incident set status = 'as an older build has it' where incident_id = any($2)`,
    values: [other, [one, other]],
  });
  await startedAndStopped();
  expect(await shown(other)).toEqual(was);
  // This build does not know all of that one either: it leaves it to the next.
  expect(await shown(one)).toMatchObject({ status: 'as an older build has it' });
  expect(await noted()).toEqual([one, other].toSorted());
  await db.query({ text: `update monitor.passed_over set at = now() - interval '2 days'` });
  await startedAndStopped();
  expect(await noted()).toEqual([one]);
}, 60_000);
