import { ReportBody, systemSubject } from '@cityloop/contracts';
import type { Taken } from '@cityloop/service';
import { describe, expect, it } from 'vitest';
import type { Loop } from '../loop.ts';
import { answerText, assertPast } from './report-routes.ts';

const inSeconds = (seconds: number) => ({
  occurredAt: new Date(Date.now() + seconds * 1_000).toISOString(),
});

describe('assertPast', () => {
  it('refuses what happens more than a minute from now', () => {
    expect(() => assertPast(inSeconds(90))).toThrow(
      expect.objectContaining({ code: 'OCCURRED_IN_FUTURE' }),
    );
  });

  it('takes what has happened, what a fast clock says and what says no time', () => {
    for (const body of [inSeconds(-90), inSeconds(30), {}]) {
      expect(() => assertPast(body)).not.toThrow();
    }
  });
});

describe('the answer to a report', () => {
  // Nothing else of the loop is asked.
  const loop = { picture: { duplicates: () => [] } } as unknown as Loop;
  const answer = async (location: object, status = 'reported') => {
    const body = ReportBody.parse({ channel: 'walk-in', description: '井盖破损', location });
    const taken = { id: 'i', status } as unknown as Taken;
    return JSON.parse(await answerText(loop, systemSubject, taken, body));
  };

  it('asks whose ground it is when an address is all there is', async () => {
    const needs = ['ground'];
    expect(await answer({ address: '控江路 1 号' })).toEqual({
      id: 'i',
      status: 'reported',
      needs,
    });
    expect(await answer({ gridCode: '310110019' })).not.toHaveProperty('needs');
    expect(await answer({ lon: 121.5, lat: 31.3, crs: 'WGS84' })).not.toHaveProperty('needs');
    expect(await answer({ address: '控江路 1 号' }, 'assigned')).not.toHaveProperty('needs');
  });
});
