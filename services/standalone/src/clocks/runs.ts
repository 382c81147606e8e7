import type { Clock, ClockBook, ClockName } from '@cityloop/calendar';
import { decodeEvent, type Incident } from '@cityloop/contracts';
import { fold } from '@cityloop/incident';
import type { Recorded } from '../verify/case-files.ts';

/** One run of a clock, from its start to its end, with what it was started for. */
export type ClockRun = {
  /** As it stood last; a later run of the same clock is one of its own. */
  readonly clock: Clock;
  readonly name: ClockName;
  readonly centreId: string;
  readonly incident: Pick<Incident, 'channel' | 'kind' | 'urgency' | 'categoryCode'>;
};

export type Runs = {
  readonly runs: readonly ClockRun[];
  /** What of the history this build cannot read; the runs are those before it. */
  readonly unread: number;
};

/** Every run of every clock of one incident. */
export function runsOf(history: readonly Recorded[]): Runs {
  const ended: ClockRun[] = [];
  const current = new Map<ClockName, ClockRun>();
  let state: Incident | undefined;
  for (const [n, { body }] of history.entries()) {
    const decoded = decodeEvent(body);
    if (decoded.kind !== 'event') {
      return { runs: [...ended, ...current.values()], unread: history.length - n };
    }
    const { event } = decoded;
    state = fold(state, event);
    const changed = event.type === 'intake.reported' ? state.clocks : event.data.clocks;
    for (const [name, clock] of entriesOf(changed)) {
      const before = current.get(name);
      const goesOn = before?.clock.startedAt === clock.startedAt;
      if (before !== undefined && !goesOn) ended.push(before);
      const { centreId } = goesOn && before ? before : state;
      current.set(name, { clock, name, centreId, incident: state });
    }
  }
  return { runs: [...ended, ...current.values()], unread: 0 };
}

// The keys of a clock book are clock names.
const entriesOf = (book: ClockBook = {}): [ClockName, Clock][] =>
  Object.entries(book) as [ClockName, Clock][];
