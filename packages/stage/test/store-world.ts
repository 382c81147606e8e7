import { randomUUID } from 'node:crypto';
import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import {
  createMemoryEventLog,
  type EventLog,
  LOG_SCHEMA,
  migrateEventLog,
  migrateLog,
  outboxSchema,
  postgresEventLog,
} from '@cityloop/event-log';
import { reusedDatabases } from '@cityloop/event-log/testing';
import { createPool } from '@cityloop/postgres';
import { createMemoryStore, createPostgresStore, type StageStore } from '../src/index.ts';
import { migrateStage } from '../src/stage.ts';

export type AskRow = { readonly key: string; readonly verb: string; readonly body: string };

/** A store of the handling stage, and what stands around it. */
export type StoreWorld = AsyncDisposable & {
  readonly store: StageStore;
  readonly log: EventLog;
  /** Records events as another stage does. */
  record(events: readonly IncidentEvent[]): Promise<void>;
  /** As if all that is recorded had been published. */
  published(): Promise<void>;
  /** All that was asked, by key. */
  asks(): Promise<readonly AskRow[]>;
};

/** An empty store in memory. */
export async function memoryWorld(): Promise<StoreWorld> {
  const log = createMemoryEventLog();
  const history = new Map<string, IncidentEvent[]>();
  const store = createMemoryStore({ stage: 'handling', log, history, nowMs: () => Date.now() });
  return {
    store,
    log,
    async record(events) {
      for (const event of events) {
        history.set(event.incidentId, [...(history.get(event.incidentId) ?? []), event]);
      }
      log.append(events, events.map(encodeEvent));
    },
    published: async () => undefined,
    asks: async () =>
      store.asks
        .map(({ key, verb, body }) => ({ key, verb, body }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  };
}

const emptyDatabase = reusedDatabases(async (db) => {
  await migrateEventLog(db);
  await migrateLog(db, outboxSchema('handling'), 'outbox');
  await migrateStage(db, 'handling');
});

/** An empty store in a database of its own, on the log that all services share. */
export const postgresWorld = (): Promise<StoreWorld> => postgres(LOG_SCHEMA, false);

/** The same, with an outbox of its own. */
export const outboxWorld = (): Promise<StoreWorld> => postgres(outboxSchema('handling'), true);

async function postgres(schema: string, own: boolean): Promise<StoreWorld> {
  const database = await emptyDatabase();
  const db = createPool(database.url, { max: 4, name: randomUUID() });
  const log = postgresEventLog(db, schema);
  const store = await createPostgresStore({
    db,
    schema: 'handling',
    stage: 'handling',
    journal: log,
    own,
  });
  return {
    store,
    log,
    async record(events) {
      await db.query({
        text: `select ${schema}.append_incident_events($1, $2, $3)`,
        values: [
          events.map((event) => `${event.incidentId}\t${event.version}`).join('\n'),
          events.map(encodeEvent).join('\n'),
          events.length,
        ],
      });
    },
    async published() {
      if (own) await db.execute({ text: `update ${schema}.relay set position = 1000000` });
    },
    asks: () => db.query<AskRow>({ text: 'select key, verb, body from handling.ask order by key' }),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      if (own) await db.execute({ text: `update ${schema}.relay set position = 0` });
      await db.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
