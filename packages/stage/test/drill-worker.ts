import { once } from 'node:events';
import { postgresEventLog } from '@cityloop/event-log';
import { createPool, type Database } from '@cityloop/postgres';
import { connectRedis, startAlarms } from '@cityloop/timers';
import { createPostgresStore } from '../src/index.ts';
import type { WorkerSetting } from './timers-drill.ts';

/**
 * A process that rings the alarms of `handling`: what is due is fired by compare-and-set on the row, as
 * the engine does it, all that is claimed together in one statement.
 */
const setting = JSON.parse(process.argv[2] ?? '') as WorkerSetting; // written by the drill
const db = createPool(setting.databaseUrl, { max: 4, name: setting.name });
const log = postgresEventLog(db);
const store = await createPostgresStore({
  db,
  schema: 'handling',
  stage: 'handling',
  journal: log,
  own: false,
});
const redis = await connectRedis({ url: setting.redisUrl });
const index = await redis.timers({
  service: 'handling',
  rows: store,
  leaseMs: setting.leaseMs,
  probe: {
    rebuilt: (missing) => process.send?.({ rebuilt: missing }),
    stateChanged: (state) => process.send?.({ state }),
  },
});

let holdsNext = false;
let waiting: { readonly id: string; readonly done: () => void }[] = [];

async function fireWaiting(): Promise<void> {
  const those = waiting;
  waiting = [];
  if (holdsNext) {
    holdsNext = false;
    process.send?.({ holding: those.map(({ id }) => id) });
    await once(process, 'message'); // told to go on
  }
  await fire(
    db,
    those.map(({ id }) => id),
  );
  for (const { done } of those) done();
}

async function fire(into: Database, ids: readonly string[]): Promise<void> {
  await into.query({
    text: `with ready as (
             select incident_id, next_due_at from handling.incident
             where incident_id = any($1::uuid[]) and next_due_at <= to_timestamp($3::float8 / 1000)
             order by incident_id for update
           ), moved as (
             update handling.incident i set next_due_at = null, version = i.version + 1
             from ready where i.incident_id = ready.incident_id
             returning i.incident_id, ready.next_due_at
           )
           insert into fired select incident_id, next_due_at, clock_timestamp(), $2 from moved`,
    values: [ids, setting.name, store.nowMs()],
  });
}

process.on('message', (message) => {
  if (message === 'hold') holdsNext = true;
});
const alarms = startAlarms({
  index,
  rows: store,
  nowMs: () => store.nowMs(),
  nudge: (id) =>
    new Promise((done) => {
      if (waiting.push({ id, done }) === 1) setImmediate(() => void fireWaiting());
    }),
  onMissing: (count) => process.send?.({ missing: count }),
});
process.send?.('ready');
await once(process, 'disconnect');
await alarms[Symbol.asyncDispose]();
await redis[Symbol.asyncDispose]();
await log[Symbol.asyncDispose]();
await db.close();
