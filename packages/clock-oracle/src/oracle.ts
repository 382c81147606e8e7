import { CaseClocks } from './case-clocks.ts';
import { holdingAt, type Revision, rulesOf } from './rules.ts';
import type { ToldEvent } from './told.ts';

/** Where history and the oracle's arithmetic part. */
export type Disagreement = {
  readonly incidentId: string;
  readonly version: number;
  readonly clock: string;
  readonly about: About;
  readonly what: string;
};

/** What they part about: when something is due, whether and when it was marked, what came of it, or whose time it was. */
export type About = 'deadline' | 'mark' | 'verdict' | 'attribution';

/** How much was held against the arithmetic. */
export type Tally = Record<
  | 'incidents'
  | 'events'
  | 'clocks'
  | 'deadlines'
  | 'amber'
  | 'red'
  | 'pauses'
  | 'extensions'
  | 'reworks'
  | 'replans'
  | 'verdicts'
  | 'attributions',
  number
>;

export type Oracle = {
  readonly tally: Readonly<Tally>;
  /**
   * Holds one history, from its first event on, against plain arithmetic; answers where they part. With
   * `endMs` also what is missing at that instant: nothing may be due and unmarked any more.
   */
  judge(events: readonly ToldEvent[], endMs?: number): Disagreement[];
};

/** An oracle for these revisions of a pack, each from the instant on at which every service knew it. */
export function createOracle(revisions: readonly Revision[]): Oracle {
  const all = revisions
    .map((one) => ({ fromMs: one.fromMs, rules: rulesOf(one) }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const byRevision = new Map(all.map(({ rules }) => [rules.revision, rules]));
  const tally: Tally = {
    incidents: 0,
    events: 0,
    clocks: 0,
    deadlines: 0,
    amber: 0,
    red: 0,
    pauses: 0,
    extensions: 0,
    reworks: 0,
    replans: 0,
    verdicts: 0,
    attributions: 0,
  };
  return {
    tally,
    judge(events, endMs) {
      tally.incidents += 1;
      const found: Disagreement[] = [];
      const book = new CaseClocks({
        rulesAt: (ms) => holdingAt(all, ms),
        rulesOf: (revision) => byRevision.get(revision),
        tally,
        found({ incidentId, version }, clock, what, about = 'deadline') {
          found.push({ incidentId, version, clock, about, what });
        },
      });
      for (const event of events) book.take(event);
      const last = events.at(-1);
      if (endMs !== undefined && last !== undefined) book.rest(last, endMs);
      return found;
    },
  };
}
