import { describe, expect, it } from 'vitest';
import { progressLine } from './progress.ts';
import { exitCodeOf, summary } from './summary.ts';
import { count, emptyTally } from './tally.ts';

const facts = { rows: 12_345, rejected: 3, read: 0.25, fresh: 1, away: false };

describe('what the importer tells', () => {
  it('shows rows, rate, rejected and the time left', () => {
    expect(progressLine(facts, 850.4, 10_000)).toBe(
      '12,345 rows · 850/s · 3 rejected · 25 % read · 0:30 left',
    );
    expect(progressLine({ ...facts, read: 1, away: true }, 0, 1)).toMatch(/waiting for it$/);
  });

  it('ends well when records were rejected for what they say, not when the server failed', () => {
    const tally = emptyTally();
    count(tally, { kind: 'taken', line: 2, record: {}, status: 'closed', events: 8 });
    const rejection = { code: 'BAD', reason: 'because' };
    count(tally, { kind: 'rejected', line: 3, record: {}, rejection });
    expect(exitCodeOf(tally)).toBe(0);
    count(tally, {
      kind: 'rejected',
      line: 4,
      record: {},
      rejection: { ...rejection, server: true },
    });
    expect(exitCodeOf(tally)).toBe(1);
  });

  it('ends badly when nothing was taken and something rejected', () => {
    const tally = emptyTally();
    count(tally, { kind: 'rejected', line: 3, record: {}, rejection: { code: 'B', reason: 'b' } });
    expect(exitCodeOf(tally)).toBe(1);
  });

  it('sums up by status and by reason', () => {
    const tally = emptyTally();
    count(tally, { kind: 'taken', line: 2, record: {}, status: 'closed', events: 8 });
    const rejection = { code: 'BAD', reason: 'because', incidentId: 'i', step: 'file' };
    count(tally, { kind: 'rejected', line: 3, record: {}, status: 'reported', rejection });
    const fresh = { rows: 2, events: 8 };
    const text = summary({ tally, finished: true, elapsedMs: 2_000, fresh, rejectedPath: 'f' });
    expect(text).toMatch(/all 2 records: 1 taken, 0 passed over, 1 rejected/);
    expect(text).toMatch(/now: closed 1, reported 1/);
    expect(text).toMatch(/rejected: BAD 1 → f/);
    expect(text).toMatch(/1 are incidents whose later steps were refused/);
    expect(text).toMatch(/0:02, 1 records\/s, 4 events\/s/);
  });
});
