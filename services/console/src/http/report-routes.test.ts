import { describe, expect, it } from 'vitest';
import { assertPast } from './report-routes.ts';

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
