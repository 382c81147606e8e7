import type { HandOverEvent } from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { Unavailable, uuidv7 } from '@cityloop/kernel';
import { filed, people, rulesOf, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { createEngine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { createMemoryStore } from './memory-store.ts';
import type { Command } from './work.ts';

const policy = testPolicy();

/** An engine that has never heard of anything. */
function newEngine(rest: Pick<EngineOptions, 'timing' | 'locate'>) {
  const log = createMemoryEventLog();
  const nowMs = () => Date.parse('2026-03-02T01:00:00Z');
  const store = createMemoryStore({ stage: 'dispatch', log, history: new Map(), nowMs });
  return createEngine({ rules: rulesOf.dispatch, store, policy: () => policy, ...rest });
}

const arrivalOf = (told = filed()): HandOverEvent => told.events.at(-1) as HandOverEvent;
const note = (incidentId: string, key: string, text: string): Command => ({
  incidentId,
  command: { verb: 'note', body: { text } },
  subject: people.clerk,
  key,
});
const place = { partition: 0, position: 1 };

/** A time that passes as fast as it is waited for. */
function hurried() {
  let ms = 0;
  return {
    nowMs: () => ms,
    after: (wait: number, task: () => void) => {
      ms += wait;
      queueMicrotask(task);
      return () => undefined;
    },
    soon: queueMicrotask,
  };
}

describe('a hand-over on its way', () => {
  it('is not waited for without end', async () => {
    const timing = hurried();
    const locate = async () => ({ custodian: 'dispatch' as const, version: 2 });
    const engine = newEngine({ timing, locate });
    await expect(engine.command(note(uuidv7(), 'k', '等'))).rejects.toMatchObject({
      code: 'IN_TRANSIT',
    });
    expect(timing.nowMs()).toBeGreaterThan(2_000);
  });

  it('is waited for while nobody can be asked where it is: services restart one after the other', async () => {
    const timing = hurried();
    let asked = 0;
    const told = filed();
    const locate = async () => {
      asked += 1;
      if (asked === 2) void engine.arrive(arrivalOf(told), place);
      throw new Unavailable('SERVICE_AWAY', 'it restarts', { retryAfter: 2 });
    };
    const engine = newEngine({ timing, locate });
    await expect(engine.command(note(told.id, 'k', '等'))).resolves.toMatchObject({ id: told.id });
    expect(asked).toBe(2);
    // Nobody comes back: what was wrong is said.
    await expect(engine.command(note(uuidv7(), 'l', '等'))).rejects.toMatchObject({
      code: 'SERVICE_AWAY',
    });
  });
});
