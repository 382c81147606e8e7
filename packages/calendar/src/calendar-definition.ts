import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './civil-time.ts';

const TIME = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const TimeOfDay = z.string().regex(TIME, '不是 00:00–24:00 的时刻（HH:mm）');

/** A stretch of a day, `from` included, `to` excluded; 24:00 is the end of the day. */
export const OpenHours = z
  .strictObject({ from: TimeOfDay, to: TimeOfDay })
  .refine(({ from, to }) => timeOfDayMs(from) < timeOfDayMs(to), '开始时刻应早于结束时刻');
export type OpenHours = Readonly<z.infer<typeof OpenHours>>;

/**
 * When a unit works, as the district pack says it. All open days have the same hours. A night shift
 * is written as two stretches, 00:00–06:00 and 22:00–24:00.
 */
export const CalendarDefinition = z
  .strictObject({
    id: z.string().min(1).meta({ description: 'Named by units and by clocks.' }),
    name: z.string().min(1).meta({ description: 'Shown to people, such as 机关工作时间.' }),
    hours: z.array(OpenHours).readonly().default([]),
    weekdays: z
      .array(z.int().min(1).max(7))
      .min(1)
      .readonly()
      .default([1, 2, 3, 4, 5])
      .meta({ description: 'Open weekdays by ISO number, Monday is 1.' }),
    holidays: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether statutory holidays close and make-up days open it.' }),
    alwaysOpen: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Open round the clock, every day; the other fields then say nothing.' }),
  })
  .refine(({ hours, alwaysOpen }) => alwaysOpen === true || hours.length > 0, {
    path: ['hours'],
    error: '至少要有一段工作时间',
  })
  .refine(({ hours }) => !overlaps(hours), { path: ['hours'], error: '工作时间段不得重叠' });
export type CalendarDefinition = Readonly<z.infer<typeof CalendarDefinition>>;

/** A stretch of a day in milliseconds after its midnight. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/** The open stretches of an open day in order; stretches that touch are one. */
export function openSpans(definition: CalendarDefinition): readonly Span[] {
  if (definition.alwaysOpen === true) return [{ fromMs: 0, toMs: DAY_MS }];
  const merged: Span[] = [];
  for (const span of sorted(definition.hours)) {
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

function timeOfDayMs(text: string): number {
  return Number(text.slice(0, 2)) * HOUR_MS + Number(text.slice(3, 5)) * MINUTE_MS;
}
