import type { HandOverEvent, IncidentEvent, Stage } from '@cityloop/contracts';
import { createMemoryEventLog } from '@cityloop/event-log';
import { Unavailable } from '@cityloop/kernel';
import { people, rulesOf, story, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import { createEngine, type Engine } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import type { Command } from './work.ts';

const policy = testPolicy();
const nowMs = Date.parse('2026-03-02T01:00:00Z');
/** More than a dossier has room for the keys of. */
const NOTES = 20;

type Asked = Required<EngineOptions>['answeredElsewhere'];

/** Intake, which took many notes and then filed, and dispatch, which is about to take the hand-over. */
async function handedOver(notes = NOTES, elsewhere?: (intake: MemoryStore) => Asked) {
  const log = createMemoryEventLog();
  const history = new Map<string, IncidentEvent[]>();
  const storeOf = (stage: Stage) => createMemoryStore({ stage, log, history, nowMs: () => nowMs });
  const [before, after] = [storeOf('intake'), storeOf('dispatch')];
  const intake = createEngine({ rules: rulesOf.intake, store: before, policy: () => policy });
  let asked = 0;
  const asking: Asked = (keys) => {
    asked += 1;
    return elsewhere === undefined ? before.findKeys(keys) : elsewhere(before)(keys);
  };
  const dispatch = createEngine({
    rules: rulesOf.dispatch,
    store: after,
    policy: () => policy,
    answeredElsewhere: asking,
  });
  const told = story().report({ categoryCode: 'C01-02' });
  const { id } = told;
  await intake.bear({ incidentId: id, subject: people.clerk, body: {}, decide: () => told.events });
  const note = (n: number, text = `第 ${n} 条`): Command => ({
    incidentId: id,
    command: { verb: 'note', body: { text } },
    subject: people.clerk,
    key: `note-${n}`,
  });
  const answers = [];
  for (let n = 0; n < notes; n++) answers.push(await intake.command(note(n)));
  const file = { categoryCode: 'C01-02', standardId: 'C01-02.1' };
  await intake.command({
    incidentId: id,
    command: { verb: 'file', body: file },
    subject: people.clerk,
  });
  const arrival = history.get(id)?.at(-1) as HandOverEvent;
  const noted = () => history.get(id)?.filter((event) => event.type.endsWith('.noted')).length;
  return { dispatch, arrival, note, answers, noted, asked: () => asked };
}

const arrive = (engine: Engine, event: HandOverEvent) =>
  engine.arrive(event, { partition: 0, position: 1 });

describe('a command that an earlier holder has done', () => {
  it('is answered as it was then, though the dossier no longer has its key', async () => {
    const { dispatch, arrival, note, answers, noted } = await handedOver();
    await arrive(dispatch, arrival);
    expect(await dispatch.command(note(0))).toEqual(answers[0]);
    expect(noted()).toBe(NOTES);
    await expect(dispatch.command(note(1, '别的'))).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('is known also when it comes together with the hand-over', async () => {
    const { dispatch, arrival, note, answers, noted } = await handedOver();
    const [, again] = await Promise.all([arrive(dispatch, arrival), dispatch.command(note(0))]);
    expect(again).toEqual(answers[0]);
    expect(noted()).toBe(NOTES);
  });

  it('keeps nobody from doing something new', async () => {
    const { dispatch, arrival, note, noted, asked } = await handedOver();
    await arrive(dispatch, arrival);
    await dispatch.command(note(NOTES));
    expect(noted()).toBe(NOTES + 1);
    expect(asked()).toBe(1);
  });

  it('is asked for by nobody while the dossier has all keys', async () => {
    const { dispatch, arrival, note, answers, noted, asked } = await handedOver(15);
    await arrive(dispatch, arrival);
    expect((await dispatch.command(note(0))).version).toBe(answers[0]?.version);
    await dispatch.command(note(15));
    expect([noted(), asked()]).toEqual([16, 0]);
  });

  it('is known in a batch that fills the dossier before its turn', async () => {
    const { dispatch, arrival, note, answers, noted } = await handedOver(15);
    await arrive(dispatch, arrival);
    const [, , again] = await Promise.all([note(15), note(16), note(0)].map(dispatch.command));
    expect(again).toEqual(answers[0]);
    expect(noted()).toBe(17);
  });

  it('is to be repeated while the earlier holder cannot be asked', async () => {
    const away = () => async () => {
      throw new Unavailable('AWAY', 'away');
    };
    const { dispatch, arrival, note, noted } = await handedOver(NOTES, away);
    await arrive(dispatch, arrival);
    const [doubtful, beside] = await Promise.allSettled([
      dispatch.command(note(0)),
      dispatch.command({ ...note(NOTES), key: undefined }),
    ]);
    expect(doubtful).toMatchObject({ reason: { code: 'KEY_UNCERTAIN', retryable: true } });
    // Whoever stands beside it need not wait.
    expect(beside.status).toBe('fulfilled');
    expect(noted()).toBe(NOTES + 1);
  });
});
