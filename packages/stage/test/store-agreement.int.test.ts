import { randomUUID } from 'node:crypto';
import type { HandOverEvent } from '@cityloop/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchConflict, type BatchWrite, type RowWrite, type StageStore } from '../src/store.ts';
import { assignment } from './fixture.ts';
import { answerOf, arrivalOf, batchOf, noted } from './store-conformance.ts';
import { memoryWorld, postgresWorld, type StoreWorld } from './store-world.ts';

const INCIDENTS = 4;
const KEYS = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5'];
const STATUSES = ['assigned', 'handling', 'suspended'];
const CENTRES = ['310110', '310110019', '3101_0'];
const NINE = Date.parse('2026-03-02T01:00:00.000Z');

/** One change of one row: how it is written, and whether on what it really is at. */
const change = fc.record({
  incident: fc.nat(INCIDENTS - 1),
  how: fc.constantFrom('fact', 'fact', 'stale fact', 'arrival', 'late arrival', 'leave'),
  status: fc.constantFrom(...STATUSES),
  centreId: fc.constantFrom(...CENTRES),
  unitId: fc.constantFrom('roads', 'cleaning', undefined),
  dueMs: fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }),
});
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

const plan = fc.array(
  fc.record({
    changes: fc.uniqueArray(change, { maxLength: 3, selector: (c) => c.incident }),
    keys: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 1 }),
    ask: fc.boolean(),
    offset: fc.option(fc.nat(50), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** What the incidents of one run are at, kept by the test itself. */
type At = { readonly event: HandOverEvent; version: number; since: number; taken: boolean };

function rowFor(at: At, { how, status, centreId, unitId, dueMs }: Change): RowWrite {
  const nextDueAt = dueMs === undefined ? undefined : new Date(NINE + dueMs).toISOString();
  const filled = { status, centreId, unitId, nextDueAt };
  const { incidentId } = at.event;
  const step = { incidentId, base: at.version, version: at.version + 1, since: at.since };
  switch (how) {
    case 'stale fact':
      return { ...step, base: at.version - 1, custodian: 'handling', ...filled };
    case 'arrival':
      return arrivalAt(at, at.version + 3, filled);
    case 'late arrival':
      return arrivalAt(at, at.version, filled);
    case 'leave':
      return { ...step, custodian: 'verification' };
    default:
      return { ...step, custodian: 'handling', ...filled };
  }
}

const arrivalAt = (at: At, version: number, filled: object): RowWrite =>
  arrivalOf(at.event, { base: -version, version, since: version, ...filled });

function batchFor(
  step: { changes: Change[]; keys: string[]; ask: boolean; offset?: number | undefined },
  world: readonly At[],
): BatchWrite {
  const touched = step.changes.map((c) => ({ c, at: world[c.incident] as At })); // one of the four
  const rows = touched.map(({ c, at }) =>
    at.taken ? rowFor(at, c) : arrivalOf(at.event, { status: c.status, centreId: c.centreId }),
  );
  // Only facts are our own events; what arrives or is late was recorded elsewhere.
  const events = rows
    .filter((row, n) => row.base > 0 && touched[n]?.c.how === 'fact')
    .map((row) => noted(row.incidentId, row.version));
  const about = rows[0]?.incidentId ?? randomUUID();
  return batchOf({
    rows,
    events,
    keys: step.keys.map((key) => ({ key, bodyHash: about, answer: answerOf(about, 1) })),
    offset:
      step.offset === undefined
        ? undefined
        : { topic: 'incidents', partition: step.offset % 2, position: step.offset, eventId: about },
    asks: step.ask
      ? [
          {
            id: randomUUID(),
            incidentId: about,
            verb: 'urge',
            body: '{}',
            key: randomUUID(),
            about,
          },
        ]
      : [],
  });
}

async function outcome(store: StageStore, batch: BatchWrite): Promise<string> {
  try {
    await store.commit(batch);
    return 'done';
  } catch (error) {
    return error instanceof BatchConflict ? error.reason : 'refused';
  }
}

/** All an engine can see of the incidents of one run. */
async function observed({ store, asks }: StoreWorld, ids: readonly string[]) {
  const mine = new Set(ids);
  const states = await store.load(ids);
  const held = await store.held({ statuses: STATUSES, limit: 10_000 });
  const due = await store.due(NINE + 2_000, 10_000);
  const left = await store.leftBetween(0, store.nowMs() + 60_000);
  return {
    states: ids.map((id) => states.get(id)),
    rows: await Promise.all(ids.map(async (id) => (await store.row(id))?.version)),
    versions: await store.versions(ids),
    held: held.filter((row) => mine.has(row.incidentId)),
    // Those due at the same instant come in any order.
    due: new Set(due.filter((id) => mine.has(id))),
    left: left
      .filter((row) => mine.has(row.incidentId))
      .map(({ leftMs: _, ...row }) => row)
      .toSorted((a, b) => (a.incidentId < b.incidentId ? -1 : 1)),
    keys: await store.findKeys(KEYS),
    offsets: (await store.readOffset('incidents')).toSorted((a, b) => a.partition - b.partition),
    asks: (await asks()).length,
  };
}

describe('the stores in memory and in Postgres', () => {
  let postgres: StoreWorld;
  let memory: StoreWorld;

  beforeAll(async () => {
    [postgres, memory] = [await postgresWorld(), await memoryWorld()];
  });
  afterAll(async () => {
    for (const world of [postgres, memory]) await world[Symbol.asyncDispose]();
  });

  it('answer the same to any batches and show the same after them', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const incidents: At[] = Array.from({ length: INCIDENTS }, () => {
          const event = assignment();
          return { event, version: event.version, since: event.version, taken: false };
        });
        const ids = incidents.map((at) => at.event.incidentId).toSorted();
        const events = incidents.map((at) => at.event);
        for (const world of [postgres, memory]) await world.record(events);
        for (const step of steps) {
          const batch = batchFor(step, incidents);
          const said = await outcome(postgres.store, batch);
          expect(await outcome(memory.store, batch)).toBe(said);
          seen.set(said, (seen.get(said) ?? 0) + 1);
          if (said === 'done') batch.rows.forEach((row) => follow(incidents, row));
          expect(await observed(memory, ids)).toEqual(await observed(postgres, ids));
        }
      }),
      { numRuns: 40 },
    );
    // The runs are worth nothing if they never meet a conflict.
    for (const kind of ['done', 'row', 'key']) expect(seen.get(kind) ?? 0).toBeGreaterThan(0);
  });

  function follow(incidents: readonly At[], row: RowWrite): void {
    const at = incidents.find(({ event }) => event.incidentId === row.incidentId);
    if (at === undefined) return;
    at.version = row.version;
    at.since = row.since;
    at.taken = true;
  }
});
