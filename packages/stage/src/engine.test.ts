import { type HandOverEvent, type IncidentEvent, systemSubject } from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import { filed, people, rulesOf, testPolicy } from '@cityloop/testing';
import { describe, expect, it, vi } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { Command } from './work.ts';

const policy = testPolicy();
const nowMs = Date.parse('2026-03-02T01:00:00Z');

/** A store that holds what a story has led to, as if this stage had always run. */
function storeWith(
  stage: 'intake' | 'dispatch',
  events: readonly IncidentEvent[] = [],
): MemoryStore {
  const history = new Map<string, IncidentEvent[]>();
  for (const event of events) {
    history.set(event.incidentId, [...(history.get(event.incidentId) ?? []), event]);
  }
  return createMemoryStore({ stage, log: createMemoryEventLog(), history, nowMs: () => nowMs });
}

function engineOn(
  store: MemoryStore,
  stage: 'intake' | 'dispatch',
  rest: Partial<EngineOptions> = {},
) {
  return createEngine({ rules: rulesOf[stage], store, policy: () => policy, ...rest });
}

const arrivalOf = (told = filed()): HandOverEvent => told.events.at(-1) as HandOverEvent;
const note = (incidentId: string, key: string, text: string): Command => ({
  incidentId,
  command: { verb: 'note', body: { text } },
  subject: people.clerk,
  key,
});
const place = { partition: 0, position: 1 };

async function holding(): Promise<{ engine: Engine; id: string; store: MemoryStore }> {
  const told = filed();
  const store = storeWith('dispatch', told.events);
  const engine = engineOn(store, 'dispatch');
  await engine.arrive(arrivalOf(told), place);
  return { engine, id: told.id, store };
}

describe('a command', () => {
  it('is answered alike however often it is sent, and done once', async () => {
    const { engine, id, store } = await holding();
    const first = await engine.command(note(id, 'k', '一次'));
    expect(await engine.command(note(id, 'k', '一次'))).toEqual(first);
    expect(store.rows.get(id)?.version).toBe(first.version);
  });

  it('and its repeat in one batch are one', async () => {
    const { engine, id, store } = await holding();
    const before = store.rows.get(id)?.version ?? 0;
    const both = [engine.command(note(id, 'k', '一次')), engine.command(note(id, 'k', '一次'))];
    const [one, other] = await Promise.all(both);
    expect(other).toEqual(one);
    expect(store.rows.get(id)?.version).toBe(before + 1);
  });

  it('under the key of another is refused, before and after the first is stored', async () => {
    const { engine, id } = await holding();
    const refused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    const first = engine.command(note(id, 'k', '一'));
    await expect(engine.command(note(id, 'k', '二'))).rejects.toMatchObject(refused);
    await first;
    await expect(engine.command(note(id, 'k', '三'))).rejects.toMatchObject(refused);
  });

  it('that came before its incident was handed over here stays refused under its key', async () => {
    const told = filed();
    const store = storeWith('dispatch', told.events);
    const locate = async () => ({ custodian: 'intake' as const, version: 1 });
    const engine = engineOn(store, 'dispatch', { locate });
    const take = (key: string, more: Partial<Command> = {}): Command => ({
      incidentId: told.id,
      command: { verb: 'assign', body: { unitId: 'roads' } },
      subject: people.dispatcher,
      key,
      ...more,
    });
    const notHere = { code: 'NOT_IN_CUSTODY', details: { custodian: 'intake' } };
    await expect(engine.command(take('k'))).rejects.toMatchObject(notHere);
    const importing = { importing: true };
    await expect(engine.command(take('i', importing))).rejects.toMatchObject(notHere);
    const again = { importing: true, repeated: true };
    await expect(engine.command(take('r', again))).rejects.toMatchObject(notHere);
    await expect(engine.command(note(told.id, 'n', '跟着案件走'))).rejects.toMatchObject(notHere);

    await engine.arrive(arrivalOf(told), place);
    await expect(engine.command(take('k'))).rejects.toMatchObject(notHere);
    await expect(engine.command(take('r', importing))).rejects.toMatchObject(notHere);
    await expect(engine.command(note(told.id, 'n', '跟着案件走'))).resolves.toBeDefined();
    await expect(engine.command(take('i', importing))).resolves.toMatchObject({
      status: 'assigned',
    });
  });

  it('that is refused leaves its neighbours alone', async () => {
    const { engine, id } = await holding();
    const [good, bad] = await Promise.allSettled([
      engine.command(note(id, 'a', '好')),
      engine.command({ ...note(id, 'b', '坏'), ifMatch: 99 }),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'VERSION_STALE' } });
  });

  it('is told to come again when the database is gone, and is not run behind its back', async () => {
    const { id, store } = await holding();
    let breaks = 1;
    const broken: MemoryStore = {
      ...store,
      async commit(batch) {
        if (breaks-- > 0) throw new Unavailable('DATABASE_GONE', 'gone');
        return store.commit(batch);
      },
    };
    const timing = {
      nowMs: () => 0,
      after: (_: number, task: () => void) => {
        queueMicrotask(task);
        return () => undefined;
      },
      soon: queueMicrotask,
    };
    const engine = engineOn(broken, 'dispatch', { timing });
    const before = store.rows.get(id)?.version ?? 0;
    await expect(engine.command(note(id, 'k', '一'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    expect(store.rows.get(id)?.version).toBe(before);
    expect((await engine.command(note(id, 'k', '一'))).version).toBe(before + 1);
  });
});

describe('a batch that stands and is not yet on disk', () => {
  async function slowDisk() {
    const { id, store } = await holding();
    const disk = { wait: Promise.withResolvers<void>(), commits: 0 };
    const slow: MemoryStore = {
      ...store,
      async commit(batch, onStored) {
        disk.commits += 1;
        await store.commit(batch);
        onStored?.();
        await disk.wait.promise;
      },
    };
    const told: string[] = [];
    const engine = engineOn(slow, 'dispatch');
    const give = (key: string, text: string) => {
      const given = engine.command(note(id, key, text));
      given.then(
        () => told.push(key),
        () => told.push(`not ${key}`),
      );
      return given;
    };
    return { disk, told, give, store, id, engine };
  }
  const stored = (disk: { readonly commits: number }, most: number) =>
    vi.waitFor(() => expect(disk.commits).toBe(most));

  it('lets the next be decided on it, and nobody is answered before the disk', async () => {
    const { disk, told, give, store, id } = await slowDisk();
    const before = store.rows.get(id)?.version ?? 0;
    const first = give('a', '一');
    await stored(disk, 1);
    const second = give('b', '二');
    const repeat = give('a', '一');
    await stored(disk, 2);
    expect(told).toEqual([]);
    disk.wait.resolve();
    expect((await second).version).toBe(before + 2);
    expect(await repeat).toEqual(await first);
    expect(told).toEqual(['a', 'b', 'a']);
  });

  it('is shown to nobody before the disk has it', async () => {
    const { disk, engine, give, id } = await slowDisk();
    void give('a', '一');
    await stored(disk, 1);
    let shown: number | undefined;
    const looked = engine.whereabouts(id).then((at) => {
      shown = at?.version;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(shown).toBeUndefined();
    disk.wait.resolve();
    await looked;
    expect(shown).toBeGreaterThan(1);
  });

  it('tells its senders to come again when the disk fails, and their repeat is recognised', async () => {
    const { disk, told, give, store, id } = await slowDisk();
    const before = store.rows.get(id)?.version ?? 0;
    const given = give('a', '一');
    await stored(disk, 1);
    disk.wait.reject(new Unavailable('DATABASE_GONE', 'gone'));
    await expect(given).rejects.toMatchObject({ code: 'STORE_FAILED' });
    disk.wait = Promise.withResolvers();
    disk.wait.resolve();
    expect((await give('a', '一')).version).toBe(before + 1);
    expect(told).toEqual(['not a', 'a']);
  });
});

describe('a hand-over on its way', () => {
  it('is waited for by the command that came before it', async () => {
    const told = filed();
    const engine = engineOn(storeWith('dispatch', told.events), 'dispatch');
    const early = engine.command(note(told.id, 'k', '先到'));
    await engine.arrive(arrivalOf(told), place);
    expect((await early).status).toBe('to-dispatch');
  });

  it('is taken in one batch with the command that came with it, a moment before', async () => {
    const told = filed();
    const inner = storeWith('dispatch', told.events);
    let commits = 0;
    const store: MemoryStore = {
      ...inner,
      commit(batch, onStored) {
        commits += 1;
        return inner.commit(batch, onStored);
      },
    };
    const engine = engineOn(store, 'dispatch');
    const early = engine.command(note(told.id, 'k', '先到'));
    const taken = engine.arrive(arrivalOf(told), place);
    await Promise.all([early, taken]);
    expect(commits).toBe(1);
  });

  it('is dropped when it has come before', async () => {
    const told = filed();
    const store = storeWith('dispatch', told.events);
    const engine = engineOn(store, 'dispatch');
    await engine.arrive(arrivalOf(told), place);
    const { version } = await engine.command(note(told.id, 'k', '之后'));
    await engine.arrive(arrivalOf(told), { partition: 0, position: 2 });
    expect((await engine.whereabouts(told.id))?.incident?.version).toBe(version);
    // It moved the offset all the same.
    expect(await store.readOffset('incidents')).toMatchObject([{ position: 2 }]);
  });
});

describe('two processes on one store', () => {
  it('agree: what one has moved on, the other finds out before it says there is nothing to do', async () => {
    const into = filed();
    const told = into.report({ categoryCode: 'C01-02' });
    const store = storeWith('intake');
    const [one, other] = [engineOn(store, 'intake'), engineOn(store, 'intake')];
    const { id } = await other.bear({
      incidentId: told.id,
      subject: people.clerk,
      body: {},
      decide: () => told.events,
    });
    // The other has it in memory as it was.
    await other.command(note(id, 'a', '看过'));
    const merge = { verb: 'merge', body: { into: into.id } } as const;
    await one.command({ incidentId: id, command: merge, subject: people.clerk });
    const end = { verb: 'conclude-merge', body: { into: into.id, absorbed: true } } as const;
    const answer = await other.command({
      incidentId: id,
      command: end,
      subject: systemSubject,
      key: 'e',
    });
    expect(answer.status).toBe('merged');
  });
});
