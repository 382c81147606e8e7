import { Unavailable } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { goingLive } from '../mapping/map-row.ts';
import type { BatchAnswer, LineAnswer } from '../send/batch-client.ts';
import { createPump } from './pump.ts';
import type { Outcome, Task } from './task.ts';

type Sent = { readonly key: string; readonly id?: string; readonly command?: string };

const done = (key: string, version: number): LineAnswer => ({
  status: 200,
  result: { id: `id-${key.split('/')[0]}`, version, status: `after ${key}` },
});
const refusal = (status: number, code: string): LineAnswer => ({
  status,
  problem: { code, detail: 'no' },
});

function task(
  n: number,
  verbs: readonly ('file' | 'assign' | 'archive')[] = ['file', 'assign'],
): Task {
  const accept = new Map([['ARCHIVED', 'archived']]);
  return {
    n,
    line: n + 1,
    record: { n },
    plan: {
      key: `k${n}`,
      report: {},
      raised: 0,
      steps: verbs.map((verb) => ({ verb, key: `k${n}/${verb}`, as: 'p', body: {}, accept })),
    },
    next: 0,
    incidentId: undefined,
    status: undefined,
    events: 0,
    repeat: undefined,
    tries: 0,
    failingSinceMs: undefined,
  };
}

/** Runs tasks against a server made of one function, until all are settled or the pump fails. */
async function run(
  tasks: readonly Task[],
  server: (lines: readonly Sent[], request: number) => BatchAnswer,
  patienceMs = 60_000,
  tickMs = 50,
): Promise<{ outcomes: Outcome[]; sent: Sent[][] }> {
  const sent: Sent[][] = [];
  const outcomes: Outcome[] = [];
  const all = Promise.withResolvers<void>();
  let ms = 0;
  const pump = createPump({
    client: {
      async send(lines) {
        const parsed = lines.map((line): Sent => JSON.parse(line));
        sent.push(parsed);
        return server(parsed, sent.length);
      },
    },
    batch: 10,
    connections: 2,
    patienceMs,
    firstPatienceMs: patienceMs,
    // Time that passes by being looked at: back-off is over by the time its timer rings.
    nowMs: () => (ms += tickMs),
    settled(_task, outcome) {
      outcomes.push(outcome);
      if (outcomes.length === tasks.length) all.resolve();
    },
    answered: () => undefined,
    away: () => undefined,
  });
  for (const each of tasks) pump.add(each);
  await Promise.race([all.promise, pump.failed]);
  await pump.stop();
  return { outcomes, sent };
}

const answerAll = (lines: readonly Sent[]): BatchAnswer => ({
  answers: lines.map(({ key }, n) => done(key, n + 1)),
});

describe('the pump', () => {
  it('sends each command after the one before it was answered, many records in one request', async () => {
    const { outcomes, sent } = await run([task(1), task(2), task(3)], answerAll);
    expect(sent.map((lines) => lines.map(({ key }) => key))).toEqual([
      ['k1', 'k2', 'k3'],
      ['k1/file', 'k2/file', 'k3/file'],
      ['k1/assign', 'k2/assign', 'k3/assign'],
    ]);
    expect(sent[1]?.[0]).toMatchObject({ id: 'id-k1', command: 'file', as: 'p' });
    expect(outcomes.map(({ kind, status }) => [kind, status])).toEqual([
      ['taken', 'after k1/assign'],
      ['taken', 'after k2/assign'],
      ['taken', 'after k3/assign'],
    ]);
  });

  it('sends what a broken request left unanswered again under the same keys', async () => {
    const broken = new Unavailable('X', 'broke');
    const { outcomes, sent } = await run([task(1, []), task(2, [])], (lines, request) =>
      request === 1 ? { answers: [done('k1', 1)], failure: broken } : answerAll(lines),
    );
    expect(sent.map((lines) => lines.map(({ key }) => key))).toEqual([['k1', 'k2'], ['k2']]);
    expect(outcomes).toHaveLength(2);
  });

  it('goes on after its rest, although the clock has not moved', async () => {
    const failure = new Unavailable('X', 'broke');
    const server = (lines: readonly Sent[], request: number): BatchAnswer =>
      request === 1 ? { answers: [], failure } : answerAll(lines);
    const { outcomes } = await run([task(1)], server, 60_000, 0);
    expect(outcomes).toHaveLength(1);
  });

  it.each([
    ['busy', refusal(503, 'SOURCE_BUSY')],
    ['in transit', refusal(409, 'IN_TRANSIT')],
    ['a passing bug', refusal(500, 'INTERNAL')],
  ])('tries a line again that is answered “%s”', async (_what, notNow) => {
    const { outcomes, sent } = await run([task(1, [])], (lines, request) =>
      request < 3 ? { answers: [notNow] } : answerAll(lines),
    );
    expect(sent).toHaveLength(3);
    expect(outcomes[0]?.kind).toBe('taken');
  });

  it('rejects a refused step with its code, and sends no later one', async () => {
    const { outcomes, sent } = await run([task(1)], (lines) => ({
      answers: lines.map(({ key }) =>
        key === 'k1/file' ? refusal(409, 'STANDARD_UNKNOWN') : done(key, 1),
      ),
    }));
    expect(sent.flat().map(({ key }) => key)).toEqual(['k1', 'k1/file']);
    expect(outcomes[0]).toMatchObject({
      kind: 'rejected',
      status: 'after k1',
      rejection: { code: 'STANDARD_UNKNOWN', step: 'file', incidentId: 'id-k1' },
    });
  });

  it('takes a refusal the mapping accepts for the step having happened', async () => {
    const { outcomes } = await run([task(1, ['archive'])], (lines) => ({
      answers: lines.map(({ key }) =>
        key === 'k1/archive' ? refusal(409, 'ARCHIVED') : done(key, 1),
      ),
    }));
    expect(outcomes[0]).toMatchObject({ kind: 'taken', status: 'archived' });
  });

  describe('that leaves incidents live', () => {
    const live = (n: number): Task => {
      const one = task(n);
      return { ...one, plan: goingLive(one.plan) };
    };

    it('takes it for done where the incident has ended or is live already', async () => {
      const { outcomes, sent } = await run([live(1), live(2), live(3)], (lines) => ({
        answers: lines.map(({ key }) => {
          if (key === 'k1/go-live') return refusal(409, 'INCIDENT_ENDED');
          return key === 'k2/go-live' ? refusal(409, 'INCIDENT_LIVE') : done(key, 1);
        }),
      }));
      expect(sent.at(-1)?.map(({ command }) => command)).toEqual(Array(3).fill('go-live'));
      expect(outcomes.map(({ kind, status }) => [kind, status])).toEqual([
        ['taken', 'after k1/assign'],
        ['taken', 'after k2/assign'],
        ['taken', 'after k3/go-live'],
      ]);
    });

    it('sends it for one whose history broke off too, and for none that is not there', async () => {
      const { outcomes, sent } = await run([live(1), live(2)], (lines) => ({
        answers: lines.map(({ key }) =>
          key === 'k1/file' || key === 'k2' ? refusal(409, 'STANDARD_UNKNOWN') : done(key, 1),
        ),
      }));
      expect(sent.flat().map(({ key }) => key)).toEqual(['k1', 'k2', 'k1/file', 'k1/go-live']);
      expect(outcomes.find(({ line }) => line === 2)).toMatchObject({
        kind: 'rejected',
        status: 'after k1/go-live',
        rejection: { code: 'STANDARD_UNKNOWN', step: 'file', incidentId: 'id-k1' },
      });
    });
  });

  it('blames the server, not the record, for what it never manages', async () => {
    const { outcomes } = await run([task(1, [])], () => ({ answers: [refusal(500, 'INTERNAL')] }));
    expect(outcomes[0]?.rejection).toMatchObject({ code: 'INTERNAL', server: true });
  });

  it('gives up on a server that stays away', async () => {
    const failure = new Unavailable('X', 'connection refused');
    await expect(run([task(1)], () => ({ answers: [], failure }), 300, 200)).rejects.toThrow(
      expect.objectContaining({ code: 'IMPORT_SERVER_AWAY' }),
    );
  });

  it('stops at once when the sender may not import', async () => {
    const forbidden = refusal(403, 'ACTING_FOR_OTHERS');
    await expect(
      run([task(1)], (lines) => ({
        answers: lines.map(({ key }) => (key === 'k1' ? done(key, 1) : forbidden)),
      })),
    ).rejects.toThrow(expect.objectContaining({ code: 'IMPORT_NOT_PERMITTED' }));
  });
});
