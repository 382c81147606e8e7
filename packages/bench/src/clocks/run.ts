import { isUrgent, replanIfMoved, type WorkCalendar } from '@cityloop/calendar';
import { describeMachine } from '../machine/describe.ts';
import type { Options } from '../options.ts';
import { median } from '../statistics.ts';
import { count, formatTable, times, verdict } from '../table.ts';
import { dayByDay } from './day-by-day.ts';
import { calendarsOf, dayHoursOf, openClocks } from './open-clocks.ts';

/** What one clock may cost when a revision of the calendars recomputes them all. */
const GOAL_NS = 2_000;
/** The peer is slow: a sample of the same deadlines is enough. */
const PEER_EVERY = 20;

type Arm = { readonly name: string; run(): number };

/** Measures what a new holiday notice costs for all open clocks, and prints it. */
export async function runClocks({ clocks: size, rounds }: Options): Promise<boolean> {
  console.log(`${count(size)} open clocks, a notice that brings another year, ${rounds} rounds`);
  const arms = armsFor(size);
  const results = new Map<string, number[]>(arms.map(({ name }) => [name, []]));
  for (const { run } of arms) run(); // Compiled code is what is measured.
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, run } of arms) {
      // Processor time: the others on this machine are none of the clocks' business.
      const before = process.cpuUsage();
      const done = run();
      const { user, system } = process.cpuUsage(before);
      const ns = ((user + system) * 1e3) / done;
      results.get(name)?.push(ns);
      console.log(`  round ${round}  ${name}: ${count(ns)} ns a clock`);
    }
  }
  const medians = arms.map(({ name }) => ({ name, ns: median(results.get(name) ?? []) }));
  const [replan = Number.NaN, deadline = Number.NaN] = medians.map(({ ns }) => ns);
  const rows = medians.map(({ name, ns }) => [name, count(ns), times(ns, deadline)]);
  console.log(`\n${formatTable(['median', 'CPU ns a clock', 'to the deadline alone'], rows)}`);
  const met = replan <= GOAL_NS;
  console.log(`
${count(size)} clocks planned anew in ${((replan * size) / 1e9).toFixed(2)} s of one processor
of the ${count(GOAL_NS)} ns aimed for: ${verdict(replan / GOAL_NS, met)}
${describeMachine()}`);
  return met;
}

function armsFor(size: number): readonly Arm[] {
  const open = openClocks(size);
  const after = calendarsOf(2027);
  const calendarOf = (id: string): WorkCalendar => {
    const calendar = after.get(id);
    if (calendar === undefined) throw new Error(`no calendar ${id}`);
    return calendar;
  };
  const starts = Float64Array.from(open, ({ clock }) => Date.parse(clock.startedAt));
  const hours = new Map([...after.keys()].map((id, index) => [id, dayHoursOf(index)]));

  return [
    {
      // As the rules do it: due instant, certainty and warning, and a new clock where any of them moves.
      name: 'ours: clock planned anew',
      run() {
        let moved = 0;
        for (const { clock, calendarId } of open) {
          const { limit, basis } = clock;
          const plan = {
            limit,
            basis,
            calendar: calendarOf(calendarId),
            revision: 2,
            warnShare: 0.8,
          };
          if (replanIfMoved(clock, plan) !== undefined) moved += 1;
        }
        if (moved === 0) throw new Error('the notice moved nothing');
        return open.length;
      },
    },
    {
      name: 'ours: deadline alone',
      run() {
        let sum = 0;
        for (const [n, { clock, calendarId }] of open.entries()) {
          sum += calendarOf(calendarId).deadline(starts[n] ?? 0, clock.limit).dueMs;
        }
        if (!Number.isFinite(sum)) throw new Error('a deadline is no time');
        return open.length;
      },
    },
    {
      name: 'day by day: deadline alone',
      run() {
        let done = 0;
        for (let n = 0; n < open.length; n += PEER_EVERY) {
          const { clock, calendarId } = open[n] ?? {};
          const hoursOf = hours.get(calendarId ?? '');
          if (clock === undefined || hoursOf === undefined || isUrgent(clock.limit.unit)) continue;
          const calendar = calendarOf(calendarId ?? '');
          const startMs = starts[n] ?? 0;
          const worth = clock.limit.unit === 'work-day' ? calendar.workDayMsAt(startMs) : 3_600_000;
          dayByDay(hoursOf, startMs, clock.limit.amount * worth);
          done += 1;
        }
        return done;
      },
    },
  ];
}
