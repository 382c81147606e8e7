import { createOracle, type Oracle, type Revision, type ToldPack } from '@cityloop/clock-oracle';
import type { Queryable } from '@cityloop/postgres';
import { publishedEditions } from '../published-packs.ts';
import type { Findings } from './findings.ts';
import type { History } from './history.ts';

/** So long a service may go on deciding by the revision before, until it has read of the newer one, ms. */
const LATE_MS = 60_000;

/** Judges of every deadline, by the revisions as of their publication, and as of a minute later. */
export type DeadlineJudges = { readonly prompt: Oracle; readonly late: Oracle | undefined };

/**
 * The judges, for the revisions of the pack that the district has published. Undefined, with a note, on a
 * database that has none: then no deadline can be computed anew.
 */
export async function deadlineJudges(
  db: Queryable,
  findings: Findings,
): Promise<DeadlineJudges | undefined> {
  const revisions = (await publishedEditions(db)).map(
    ({ revision, fromMs, sections }): Revision => {
      // As they were published: whoever published them has checked them.
      const pack = sections as unknown as ToldPack;
      return { revision, fromMs, pack };
    },
  );
  if (revisions.length === 0) {
    findings.note(
      'I10: no revision of the pack is in this database, no deadline was computed anew',
    );
    return undefined;
  }
  const later = revisions.map((one) => ({ ...one, fromMs: one.fromMs + LATE_MS }));
  const late = revisions.length > 1 ? createOracle(later) : undefined;
  return { prompt: createOracle(revisions), late };
}

/** I10 of one history: every deadline in it comes out the same by arithmetic of its own. */
export function checkDeadlines(
  { steps, whole }: History,
  judges: DeadlineJudges,
  findings: Findings,
): void {
  if (!whole) return;
  const events = steps.map(({ event }) => event);
  const { deadlines, attributions } = judges.prompt.tally;
  const found = judges.prompt.judge(events);
  findings.looked('I10', 'deadlines', judges.prompt.tally.deadlines - deadlines);
  findings.looked('I10', 'splits of time', judges.prompt.tally.attributions - attributions);
  const parted = found.length > 0 && judges.late ? judges.late.judge(events) : found;
  for (const { incidentId, version, clock, about, what } of parted) {
    // Marks and verdicts are held to the clocks as they stand, by I6.
    if (about === 'deadline' || about === 'attribution')
      findings.found('I10', `${clock} ${what}`, { incidentId, version });
  }
}
