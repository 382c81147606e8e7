import { keyId } from '@cityloop/stage';
import { describe, expect, it } from 'vitest';
import type { Op, Outcome } from '../load/history.ts';
import { checkAnswers, checkEnds } from './answers.ts';
import type { Effect } from './ledger.ts';

const op: Op = { n: 1, who: 'li', verb: 'file', path: 'incidents/a/file', body: {}, key: 'k' };
const ok: Outcome = { kind: 'ok', incident: 'a', version: 3, status: 'filed' };
const refused: Outcome = { kind: 'refused', http: 409, code: 'NO' };
const unknown: Outcome = { kind: 'unknown', why: 'silence' };
const effect: Effect = { incident: 'a', version: 2, type: 'intake.filed' };

function found(outcome: Outcome, ...effects: Effect[]): string {
  const ledger = {
    effects: new Map([[keyId('li', 'k'), effects]]),
    incidents: new Map([['a', { version: 4, archived: false }]]),
  };
  return checkAnswers([[op, outcome]], ledger).join();
}

describe('what clients were told', () => {
  it('is in order when it is in the ledger once, or was refused and is not', () => {
    expect(found(ok, effect)).toBe('');
    expect(found(refused)).toBe('');
  });

  it.each<readonly [string, Outcome, readonly Effect[], string]>([
    ['done and lost', ok, [], 'not in the ledger'],
    ['done twice', ok, [effect, { ...effect, version: 3 }], '2 times'],
    ['done to another incident', ok, [{ ...effect, incident: 'b' }], 'answered with a'],
    ['answered with a version before', { ...ok, version: 1 }, [effect], 'version 1'],
    ['answered with a version to come', { ...ok, version: 9 }, [effect], 'version 9'],
    ['refused and done', refused, [effect], 'refused with NO, and was done'],
    ['never answered', unknown, [], 'never answered'],
  ])('is a violation when it was %s', (_what, outcome, effects, says) => {
    expect(found(outcome, ...effects)).toContain(says);
  });
});

describe('what was brought to its end', () => {
  const ledger = {
    incidents: new Map([
      ['a', { version: 4, archived: true }],
      ['b', { version: 4, archived: false }],
    ]),
    sources: new Map([
      ['S1', ['a']],
      ['S2', ['b']],
      ['S3', ['a', 'b']],
    ]),
  };

  it('is in order when it is archived, once', () => {
    expect(checkEnds(['a'], ['S1'], ledger)).toEqual([]);
  });

  it('is a violation when it is lost, doubled, or stuck', () => {
    expect(checkEnds(['b', 'c'], ['S2', 'S3', 'S4'], ledger)).toHaveLength(5);
  });
});
