import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, parseCivilDate } from './civil-time.ts';
import { CivilDate } from './holiday-table.ts';

const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const TimeOfDay = z.string().regex(TIME, '不是 00:00–24:00 的时刻（HH:mm）');

/** A stretch of a day, `from` included, `to` excluded; 24:00 is the end of the day. */
export const OpenHours = z
  .strictObject({ from: TimeOfDay, to: TimeOfDay })
  .refine(({ from, to }) => timeOfDayMs(from) < timeOfDayMs(to), '开始时刻应早于结束时刻');
export type OpenHours = Readonly<z.infer<typeof OpenHours>>;

const Hours = z
  .array(OpenHours)
  .readonly()
  .refine((hours) => !overlaps(hours), '工作时间段不得重叠');
const SomeHours = Hours.refine((hours) => hours.length > 0, '至少要有一段工作时间');

const Weekdays = z.array(z.int().min(1).max(7)).min(1).readonly();

/** Other hours from a day on (夏令作息、冬令作息); what it does not name is as the calendar itself says. */
const CalendarVersion = z.strictObject({
  from: CivilDate.meta({ description: 'The first day of these hours.' }),
  hours: SomeHours.exactOptional(),
  weekdays: Weekdays.exactOptional(),
  holidays: z.boolean().exactOptional(),
});
type CalendarVersion = Readonly<z.infer<typeof CalendarVersion>>;

const YEAR = { first: '1992-01-01', last: '2199-12-31' };

/** Days of a calendar's own (停工, 加班) beside the statutory table and the weekdays, which they beat. */
const OwnDays = z
  .strictObject({
    from: CivilDate,
    to: CivilDate.exactOptional().meta({ description: 'The last of them; without: the one day.' }),
    open: z.boolean(),
    hours: SomeHours.exactOptional().meta({
      description: 'Of open days; without: those in force on the day.',
    }),
    reason: z.string().min(1).max(200).meta({ description: 'Shown to people: 台风停工.' }),
  })
  .refine(({ from, to = from }) => from <= to, '最后一天不得早于第一天')
  .refine(({ from, to = from }) => from >= YEAR.first && to <= YEAR.last, '日期应在 1992–2199 年')
  .refine(({ open, hours }) => open || hours === undefined, '不上班的日子没有工作时间段');
type OwnDays = Readonly<z.infer<typeof OwnDays>>;

/**
 * When a unit works, as the district pack says it. All open days of a version have the same hours, but for
 * days of its own. A night shift is written as two stretches, 00:00–06:00 and 22:00–24:00.
 */
export const CalendarDefinition = z
  .strictObject({
    id: z.string().min(1).meta({ description: 'Named by units and by clocks.' }),
    name: z.string().min(1).meta({ description: 'Shown to people, such as 机关工作时间.' }),
    hours: Hours.default([]),
    weekdays: Weekdays.default([1, 2, 3, 4, 5]).meta({
      description: 'Open weekdays by ISO number, Monday is 1.',
    }),
    holidays: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether statutory holidays close and make-up days open it.' }),
    alwaysOpen: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Open round the clock, every day; the other fields then say nothing.' }),
    versions: z
      .array(CalendarVersion)
      .readonly()
      .refine(
        (all) => ascends(all.map(({ from }) => from)),
        '各版应按起用日期先后排列，日期不得重复',
      )
      .exactOptional()
      .meta({ description: 'Other hours from a day on; before the first, the fields above hold.' }),
    days: z
      .array(OwnDays)
      .readonly()
      .refine((all) => ascends(all.flatMap(({ from, to = from }) => [from, `${to}~`])), {
        error: '各日应按先后排列，不得重叠',
      })
      .exactOptional()
      .meta({ description: 'Days that differ, whatever weekday and holiday table say.' }),
  })
  .refine(({ hours, alwaysOpen }) => alwaysOpen === true || hours.length > 0, {
    path: ['hours'],
    error: '至少要有一段工作时间',
  })
  .refine(({ alwaysOpen, versions, days }) => alwaysOpen !== true || (!versions && !days), {
    path: ['alwaysOpen'],
    error: '全天候的日历没有 versions 和 days',
  });
export type CalendarDefinition = Readonly<z.infer<typeof CalendarDefinition>>;

/** A stretch of a day in milliseconds after its midnight. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/** The days from `fromDay` to the next stretch: one set of hours and weekdays. */
export type Stretch = {
  /** Civil day; the first stretch has no beginning. */
  readonly fromDay: number;
  readonly spans: readonly Span[];
  /** Open milliseconds of a normal day of the version: what one 工作日 is worth, days of its own aside. */
  readonly workDayMs: number;
  readonly weekdays: readonly number[];
  readonly holidays: boolean;
};

/** A definition as a row of stretches in time. Days of its own are stretches only where they have own hours. */
export function stretchesOf(definition: CalendarDefinition): readonly Stretch[] {
  if (definition.alwaysOpen === true) {
    const spans = [{ fromMs: 0, toMs: DAY_MS }];
    const weekdays = [1, 2, 3, 4, 5, 6, 7];
    return [
      { fromDay: Number.NEGATIVE_INFINITY, spans, workDayMs: DAY_MS, weekdays, holidays: false },
    ];
  }
  const versions = (definition.versions ?? []).map((v) => version(definition, v));
  const stretches = [version(definition), ...versions];
  for (const day of definition.days ?? []) {
    if (day.hours !== undefined) layOver(stretches, day, openSpans(day.hours));
  }
  return stretches;
}

/** A day the calendar names itself. */
export type OwnDay = { readonly open: boolean; readonly reason: string };

/** The days the calendar names itself, by civil day. */
export function ownDays(definition: CalendarDefinition): ReadonlyMap<number, OwnDay> {
  const own = new Map<number, OwnDay>();
  for (const { from, to = from, open, reason } of definition.days ?? []) {
    for (let day = dayOf(from); day <= dayOf(to); day += 1) own.set(day, { open, reason });
  }
  return own;
}

function version(definition: CalendarDefinition, from?: CalendarVersion): Stretch {
  const spans = openSpans(from?.hours ?? definition.hours);
  return {
    fromDay: from === undefined ? Number.NEGATIVE_INFINITY : dayOf(from.from),
    spans,
    workDayMs: spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0),
    weekdays: from?.weekdays ?? definition.weekdays,
    holidays: from?.holidays ?? definition.holidays,
  };
}

/** Cuts the days with own hours out of the stretches they lie in. */
function layOver(stretches: Stretch[], { from, to = from }: OwnDays, spans: readonly Span[]): void {
  const [first, end] = [dayOf(from), dayOf(to) + 1];
  const cut = stretches.flatMap((stretch, index) => {
    const next = stretches[index + 1]?.fromDay ?? Number.POSITIVE_INFINITY;
    if (next <= first || stretch.fromDay >= end) return [stretch];
    const before = stretch.fromDay < first ? [stretch] : [];
    const after = next > end ? [{ ...stretch, fromDay: end }] : [];
    return [...before, { ...stretch, fromDay: Math.max(first, stretch.fromDay), spans }, ...after];
  });
  stretches.splice(0, stretches.length, ...cut);
}

/** Open stretches of a day in order; stretches that touch are one. */
export function openSpans(hours: readonly OpenHours[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of sorted(hours)) {
    const last = merged.at(-1);
    if (last?.toMs === span.fromMs) merged[merged.length - 1] = { ...last, toMs: span.toMs };
    else merged.push(span);
  }
  return merged;
}

function sorted(hours: readonly OpenHours[]): Span[] {
  return hours
    .map(({ from, to }) => ({ fromMs: timeOfDayMs(from), toMs: timeOfDayMs(to) }))
    .sort((a, b) => a.fromMs - b.fromMs);
}

function overlaps(hours: readonly OpenHours[]): boolean {
  return sorted(hours).some((span, index, all) => span.fromMs < (all[index - 1]?.toMs ?? 0));
}

function ascends(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? '') < text);
}

function dayOf(date: string): number {
  return parseCivilDate(date) ?? Number.NaN;
}

function timeOfDayMs(text: string): number {
  return Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3, 5)) * MINUTE_MS;
}
