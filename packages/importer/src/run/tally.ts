import { z } from 'zod';
import type { Outcome } from './task.ts';

const Counts = z.record(z.string(), z.int());

/** What became of the records so far. */
export const Tally = z.object({
  rows: z.int(),
  taken: z.int(),
  skipped: z.int(),
  /** Refused for what the record says. */
  rejected: z.int(),
  /** Of the rejected: the incident is there, a later step was refused. */
  stopped: z.int(),
  /** Not taken because the server failed. */
  failed: z.int(),
  /** Source numbers the district knew already. */
  known: z.int(),
  events: z.int(),
  /** Steps whose time lay before that of the step before them. */
  raised: z.int(),
  byStatus: Counts,
  byCode: Counts,
});
export type Tally = z.infer<typeof Tally>;

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    rows: 0,
    taken: 0,
    skipped: 0,
    rejected: 0,
    stopped: 0,
    failed: 0,
    known: 0,
    events: 0,
    raised: 0,
    byStatus: {},
    byCode: {},
  };
}

/** Counts one more record in, in place. */
export function count(tally: Tally, outcome: Outcome): void {
  const { kind, status, rejection } = outcome;
  tally.rows += 1;
  tally.events += outcome.events ?? 0;
  tally.raised += outcome.raised ?? 0;
  if (outcome.repeat !== undefined) tally.known += 1;
  if (kind === 'taken') tally.taken += 1;
  if (kind === 'skipped') tally.skipped += 1;
  if (status !== undefined) tally.byStatus[status] = (tally.byStatus[status] ?? 0) + 1;
  if (rejection === undefined) return;
  if (rejection.server === true) tally.failed += 1;
  else tally.rejected += 1;
  if (rejection.incidentId !== undefined) tally.stopped += 1;
  tally.byCode[rejection.code] = (tally.byCode[rejection.code] ?? 0) + 1;
}
