import type { HandOverEvent, IncidentCommand, IncidentEvent, Subject } from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { filed, people, rulesOf, type Story, story, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import { createMemoryStore } from './memory-store.ts';

const policy = testPolicy();
const nowMs = Date.parse('2026-03-02T01:00:00Z');

/** Dispatch, holding what a story has led to. */
async function dispatchWith(told: Story): Promise<{ engine: Engine; id: string }> {
  const history = new Map<string, IncidentEvent[]>([[told.id, [...told.events]]]);
  const log = createMemoryEventLog();
  const store = createMemoryStore({ stage: 'dispatch', log, history, nowMs: () => nowMs });
  const engine = createEngine({ rules: rulesOf.dispatch, store, policy: () => policy });
  await engine.arrive(told.events.at(-1) as HandOverEvent, { partition: 0, position: 1 });
  return { engine, id: told.id };
}

function give(
  { engine, id }: { engine: Engine; id: string },
  subject: Subject,
  command: IncidentCommand,
  rest: { readonly key?: string; readonly importing?: boolean } = {},
) {
  return engine.command({ incidentId: id, subject, command, ...rest });
}

describe('an incident', () => {
  it('takes no more before its dossier is too full to be handed over', async () => {
    const held = await dispatchWith(filed());
    const supervise: IncidentCommand = {
      verb: 'supervise',
      body: { kind: 'important', requirement: '要'.repeat(1_000), dueAt: '2026-03-09T09:00:00Z' },
    };
    const refused: unknown[] = [];
    for (let n = 0; n < 60; n++) {
      await give(held, people.supervisor, supervise).catch((error: unknown) => refused.push(error));
    }
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ code: 'INCIDENT_FULL' });
    const answer = await give(held, people.supervisor, { verb: 'withdraw', body: {} });
    expect(answer).toMatchObject({ custodian: 'archive' });
  });
});

describe('the time somebody names', () => {
  it('moves the clock of an imported incident only when an import names it', async () => {
    const occurredAt = '2024-05-06T10:00:00+08:00';
    const row = { categoryCode: 'C01-02', standardId: 'C01-02.1' };
    const held = await dispatchWith(
      story()
        .report({ categoryCode: 'C01-02', occurredAt }, people.admin)
        .give(people.clerk, 'file', { ...row, occurredAt }),
    );
    const note: IncidentCommand = {
      verb: 'note',
      body: { text: '看过', occurredAt: '2099-01-01T00:00:00Z' },
    };
    const recordedAt = async () =>
      (await held.engine.whereabouts(held.id))?.incident?.recordedAt ?? '';
    const soon = { ...note.body, occurredAt: '2025-01-01T00:00:00.000Z' };
    await give(held, people.clerk, { ...note, body: soon }, { importing: true });
    expect(await recordedAt()).toBe(soon.occurredAt);
    await give(held, people.clerk, { ...note, body: { text: '无时间' } }, { importing: true });
    expect(await recordedAt()).toBe(soon.occurredAt);
    await give(held, people.clerk, note);
    expect(await recordedAt()).toBe(new Date(nowMs).toISOString());
    // It is live now: not even an import moves its clocks any more.
    await give(held, people.clerk, note, { importing: true });
    expect(await recordedAt()).toBe(new Date(nowMs).toISOString());
  });
});
