import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, parseCivilDate, startOfCivilDay } from './civil-time.ts';
import { CivilDate } from './holiday-table.ts';

const TimeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, '不是 00:00–23:59 的时刻（HH:mm）');
const Moment = z.string().refine((text) => momentMs(text) !== undefined, {
  error: '不是本地时刻（YYYY-MM-DD HH:mm）',
});
const People = z
  .array(z.string().min(1))
  .min(1)
  .readonly()
  .meta({ description: 'Ids of people, the one who answers first before the others.' });

const DutyShift = z
  .strictObject({
    name: z.string().min(1).max(40).meta({ description: 'Shown to people: 白班, 夜班.' }),
    from: TimeOfDay,
    to: TimeOfDay.meta({
      description: 'Not after `from`: of the next day; the same as `from`: 24 hours.',
    }),
    weekdays: z
      .array(z.int().min(1).max(7))
      .min(1)
      .readonly()
      .exactOptional()
      .meta({ description: 'ISO weekdays it begins on, Monday is 1; without: every day.' }),
    turns: z.array(z.int().min(1).max(60)).min(1).readonly().exactOptional().meta({
      description: 'Days of the rotation it begins on, 1 is the day the table holds from.',
    }),
    people: People,
  })
  .meta({ description: 'A shift that comes again, named by the day it begins on.' });

const DutyTable = z
  .strictObject({
    from: CivilDate.meta({ description: 'Shifts that begin on this day or later follow it.' }),
    rotation: z
      .int()
      .min(1)
      .max(60)
      .exactOptional()
      .meta({ description: 'Days after which the turns begin anew, such as 4 for 四班三运转.' }),
    shifts: z.array(DutyShift).min(1).readonly(),
  })
  .refine(
    ({ rotation = 0, shifts }) =>
      shifts.every(({ turns = [] }) => turns.every((turn) => turn <= rotation)),
    { path: ['rotation'], error: 'turns 应在 1 至 rotation 之间' },
  );

const DutyChange = z
  .strictObject({ from: Moment, to: Moment, people: People, reason: z.string().min(1).max(200) })
  .refine(({ from, to }) => from < to, '开始时刻应早于结束时刻')
  .meta({
    description: '调班、代班: these people instead of the table’s, `from` included, `to` not.',
  });

/**
 * Who is on duty (值班) at a centre or unit. The table in force is the one with the newest `from`; a shift that
 * has begun is worked to its end. A change beats the table. Shifts may overlap, as when they hand over.
 */
export const DutyRoster = z
  .strictObject({
    of: z.string().min(1).meta({ description: 'Id of the centre or unit.' }),
    during: z
      .string()
      .min(1)
      .exactOptional()
      .meta({ description: 'Calendar whose open time it must cover; without: round the clock.' }),
    tables: z.array(DutyTable).min(1).readonly(),
    changes: z.array(DutyChange).readonly().exactOptional(),
  })
  .meta({ description: 'A duty roster (值班表).' });
export type DutyRoster = Readonly<z.infer<typeof DutyRoster>>;
type DutyTable = DutyRoster['tables'][number];
type DutyShift = DutyTable['shifts'][number];

/** A stretch of duty in milliseconds since the epoch, `fromMs` included, `toMs` not. */
export type DutySpan = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly people: readonly string[];
  /** Where it stands in the roster: `[table, shift]`. */
  readonly table: number;
  readonly shift: number;
};

/** Whoever is on duty at an instant, each once, in the order of the roster; nobody where it has a gap. */
export function onDuty(roster: DutyRoster, atMs: number): readonly string[] {
  for (const change of roster.changes ?? []) {
    const { fromMs, toMs } = changeSpan(change);
    if (fromMs <= atMs && atMs < toMs) return change.people;
  }
  const today = Math.floor((atMs - startOfCivilDay(0)) / DAY_MS);
  // Yesterday's night shift may still be there.
  const spans = [...dutySpans(roster, today - 1), ...dutySpans(roster, today)];
  const people = spans.flatMap((span) =>
    span.fromMs <= atMs && atMs < span.toMs ? span.people : [],
  );
  return [...new Set(people)];
}

/** The shifts of the tables that begin on a civil day (counted from 1970-01-01), changes left aside. */
export function dutySpans(roster: DutyRoster, day: number): readonly DutySpan[] {
  const index = tableOn(roster, day);
  const table = roster.tables[index];
  if (table === undefined) return [];
  const spans: DutySpan[] = [];
  const turn = ((day - dayOf(table.from)) % (table.rotation ?? 1)) + 1;
  for (const [at, shift] of table.shifts.entries()) {
    if (shift.weekdays?.includes(isoWeekday(day)) === false) continue;
    if (shift.turns?.includes(turn) === false) continue;
    spans.push({ ...spanOf(shift, day), people: shift.people, table: index, shift: at });
  }
  return spans;
}

/** The stretch of a change of duty in milliseconds since the epoch. */
export function changeSpan({ from, to }: { readonly from: string; readonly to: string }): {
  readonly fromMs: number;
  readonly toMs: number;
} {
  return { fromMs: momentMs(from) ?? Number.NaN, toMs: momentMs(to) ?? Number.NaN };
}

function tableOn(roster: DutyRoster, day: number): number {
  let found = -1;
  let newest = Number.NEGATIVE_INFINITY;
  for (const [index, { from }] of roster.tables.entries()) {
    const begins = dayOf(from);
    if (begins > day || begins < newest) continue;
    newest = begins;
    found = index;
  }
  return found;
}

function spanOf(shift: DutyShift, day: number): { fromMs: number; toMs: number } {
  const midnight = startOfCivilDay(day);
  const from = timeMs(shift.from);
  const to = timeMs(shift.to);
  return { fromMs: midnight + from, toMs: midnight + to + (to <= from ? DAY_MS : 0) };
}

function isoWeekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1; // day 0 is a Thursday
}

function momentMs(text: string): number | undefined {
  const [date = '', time = '', ...rest] = text.split(' ');
  const day = parseCivilDate(date);
  if (day === undefined || rest.length > 0 || !TimeOfDay.safeParse(time).success) return undefined;
  return startOfCivilDay(day) + timeMs(time);
}

function timeMs(text: string): number {
  return Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3, 5)) * MINUTE_MS;
}

function dayOf(date: string): number {
  return parseCivilDate(date) ?? Number.NaN;
}
