import { randomUUID } from 'node:crypto';
import type { HandOverEvent } from '@cityloop/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchConflict, type BatchWrite, type RowWrite, type StageStore } from '../src/store.ts';
import { assignment } from './fixture.ts';
import { memoryWorld, postgresWorld, type StoreWorld } from './store-world.ts';
import { answerOf, arrivalOf, batchOf, noted } from './store-writes.ts';

const INCIDENTS = 4;
const KEYS = ['k0', 'k1', 'k2', 'k3'];
const STATUSES = ['assigned', 'handling', 'suspended'];
const CENTRES = ['310110', '310110019', '3101_0'];
const NINE = Date.parse('2026-03-02T01:00:00.000Z');

/** One change of one row: how it is written, and whether on what it really is at. */
const change = fc.record({
  incident: fc.nat(INCIDENTS - 1),
  how: fc.constantFrom('fact', 'fact', 'fact', 'leave', 'leave', 'stale fact', 'late arrival'),
  status: fc.constantFrom(...STATUSES),
  centreId: fc.constantFrom(...CENTRES),
  unitId: fc.constantFrom('roads', 'cleaning', undefined),
  assists: fc.option(
    fc.array(
      fc.record({
        unitId: fc.constantFrom('roads', 'greening', 'gas'),
        status: fc.constantFrom(...STATUSES),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    { nil: undefined },
  ),
  dueMs: fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }),
});
type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

const plan = fc.array(
  fc.record({
    changes: fc.uniqueArray(change, { maxLength: 3, selector: (c) => c.incident }),
    keys: fc.uniqueArray(fc.nat(KEYS.length - 1), { maxLength: 1 }),
    ask: fc.boolean(),
    offset: fc.option(fc.nat(50), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** What an incident of one run is at, kept by the test itself. */
type At = {
  readonly event: HandOverEvent;
  version: number;
  since: number;
  /** Handling has it; when not, only a hand-over brings it (back). */
  held: boolean;
};

function rowFor(at: At, { how, status, centreId, unitId, assists, dueMs }: Change): RowWrite {
  const nextDueAt = dueMs === undefined ? undefined : new Date(NINE + dueMs).toISOString();
  const filled = { status, centreId, unitId, assists, nextDueAt };
  const { incidentId } = at.event;
  const step = { incidentId, base: at.version, version: at.version + 1, since: at.since };
  if (at.version === 0) return arrivalAt(at, at.event.version, filled);
  if (how === 'late arrival') return arrivalAt(at, at.version, filled);
  if (how === 'stale fact') {
    return { ...step, base: at.version - 1, custodian: 'handling', ...filled };
  }
  if (!at.held) return arrivalAt(at, at.version + 3, filled);
  return how === 'leave'
    ? { ...step, custodian: 'verification' }
    : { ...step, custodian: 'handling', ...filled };
}

const arrivalAt = (at: At, version: number, filled: object): RowWrite =>
  arrivalOf(at.event, { base: -version, version, since: version, ...filled });

function batchFor(
  step: { changes: Change[]; keys: number[]; ask: boolean; offset?: number | undefined },
  world: readonly At[],
  keys: readonly string[],
): BatchWrite {
  const touched = step.changes.map((c) => ({ c, at: world[c.incident] as At })); // one of the four
  const rows = touched.map(({ c, at }) => rowFor(at, c));
  // Only facts are our own events; what arrives or is late was recorded elsewhere.
  const events = rows
    .filter((row, n) => row.status !== undefined && row.base > 0 && touched[n]?.c.how === 'fact')
    .map((row) => noted(row.incidentId, row.version));
  const about = rows[0]?.incidentId ?? randomUUID();
  return batchOf({
    rows,
    events,
    keys: step.keys.map((n) => ({
      key: keys[n] ?? '',
      bodyHash: about,
      answer: answerOf(about, 1),
    })),
    offsets:
      step.offset === undefined
        ? []
        : [
            {
              topic: 'incidents',
              partition: step.offset % 2,
              position: step.offset,
              eventId: about,
            },
          ],
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

const placeOf = (event: { incidentId: string; version: number }) =>
  `${event.incidentId}/${event.version}`;

/** The hand-overs behind the batch's arrivals, those nobody has recorded yet. */
function arriving(
  batch: BatchWrite,
  incidents: readonly At[],
  recorded: Set<string>,
): HandOverEvent[] {
  return batch.rows.flatMap((row) => {
    const at = incidents.find(({ event }) => event.incidentId === row.incidentId);
    if (at === undefined || row.base >= 0 || recorded.has(placeOf(row))) return [];
    recorded.add(placeOf(row));
    const { version } = row;
    const dossier = at.event.data.dossier && { ...at.event.data.dossier, version };
    // The same kind of hand-over with another version.
    const data = { ...at.event.data, dossier };
    return [{ ...at.event, id: randomUUID(), version, data } as HandOverEvent];
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
async function observed(
  { store, asks }: StoreWorld,
  ids: readonly string[],
  keys: readonly string[],
) {
  const mine = new Set(ids);
  const states = await store.load(ids);
  const held = await store.held({ statuses: STATUSES, limit: 10_000 });
  const queued = await Promise.all(
    ['roads', 'greening'].map((unitId) =>
      store.held({ unitId, statuses: STATUSES.slice(1), limit: 10_000 }),
    ),
  );
  const due = await store.due(NINE + 2_000, 10_000);
  const left = await store.leftBetween(0, store.nowMs() + 60_000);
  return {
    states: ids.map((id) => states.get(id)),
    rows: await Promise.all(ids.map(async (id) => (await store.row(id))?.version)),
    versions: await store.versions(ids),
    held: held.filter((row) => mine.has(row.incidentId)),
    queued: queued.map((rows) => rows.filter((row) => mine.has(row.incidentId))),
    due: due.filter(({ id }) => mine.has(id)),
    left: left
      .filter((row) => mine.has(row.incidentId))
      .map(({ leftMs: _, ...row }) => row)
      .toSorted((a, b) => (a.incidentId < b.incidentId ? -1 : 1)),
    keys: await store.findKeys(keys),
    offsets: (await store.readOffset('incidents')).toSorted((a, b) => a.partition - b.partition),
    asks: (await asks()).length,
  };
}

/** One run on both stores: the incidents it is about and what was recorded of them. */
class Run {
  readonly #worlds: readonly StoreWorld[];
  readonly #incidents: readonly At[];
  readonly #recorded = new Set<string>();
  readonly #keys = KEYS.map((key) => `${randomUUID()}-${key}`);

  constructor(worlds: readonly StoreWorld[]) {
    this.#worlds = worlds;
    this.#incidents = Array.from({ length: INCIDENTS }, () => {
      const event = assignment();
      return { event, version: 0, since: 0, held: false };
    });
  }

  /** Gives the batch of one step to both stores; what they said to it, which has to be the same. */
  async step(step: Parameters<typeof batchFor>[0]): Promise<string> {
    const batch = batchFor(step, this.#incidents, this.#keys);
    const handOvers = arriving(batch, this.#incidents, this.#recorded);
    for (const world of this.#worlds) await world.record(handOvers);
    const said = await Promise.all(this.#worlds.map(({ store }) => outcome(store, batch)));
    expect(new Set(said).size, said.join(' and ')).toBe(1);
    if (said[0] === 'done') this.#follow(batch);
    return said[0] ?? '';
  }

  /** What each store shows. */
  observed() {
    const ids = this.#incidents.map((at) => at.event.incidentId).toSorted();
    return Promise.all(this.#worlds.map((world) => observed(world, ids, this.#keys)));
  }

  #follow({ rows, events }: BatchWrite): void {
    for (const event of events) this.#recorded.add(placeOf(event));
    for (const { incidentId, version, since, status } of rows) {
      const at = this.#incidents.find(({ event }) => event.incidentId === incidentId);
      if (at !== undefined) Object.assign(at, { version, since, held: status !== undefined });
    }
  }
}

describe('the stores in memory and in Postgres', () => {
  let worlds: readonly StoreWorld[] = [];

  beforeAll(async () => {
    worlds = [await postgresWorld(), await memoryWorld()];
  });
  afterAll(async () => {
    for (const world of worlds) await world[Symbol.asyncDispose]();
  });

  it('answer the same to any batches and show the same after them', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const run = new Run(worlds);
        for (const step of steps) {
          seen.add(await run.step(step));
          const [postgres, memory] = await run.observed();
          expect(memory).toEqual(postgres);
        }
      }),
      { numRuns: 30 },
    );
    // The runs are worth nothing if they never meet a conflict.
    for (const kind of ['done', 'row', 'key']) expect([...seen]).toContain(kind);
  });
});
