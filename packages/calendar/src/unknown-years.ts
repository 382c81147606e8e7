import type { Stretch } from './calendar-definition.ts';
import { parseCivilDate, startOfCivilDay } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';

/**
 * Whether `[fromMs, toMs]` reaches into time of which the calendar heeds the holidays but the table does not
 * know them. What ends exactly where the known years end does not reach beyond them.
 */
export function unknownTime(
  stretches: readonly Stretch[],
  table: HolidayTable,
): (fromMs: number, toMs: number) => boolean {
  const firstMs = yearMs(table.knownFrom);
  const endMs = yearMs(table.knownThrough + 1);
  const unknown: { readonly fromMs: number; readonly toMs: number }[] = [];
  for (const [index, { fromDay, holidays }] of stretches.entries()) {
    if (!holidays) continue;
    const fromMs = startOfCivilDay(fromDay);
    const toMs = startOfCivilDay(stretches[index + 1]?.fromDay ?? Number.POSITIVE_INFINITY);
    if (fromMs < firstMs) unknown.push({ fromMs, toMs: Math.min(toMs, firstMs) });
    if (toMs > endMs) unknown.push({ fromMs: Math.max(fromMs, endMs), toMs });
  }
  return (fromMs, toMs) =>
    unknown.some((u) => fromMs < u.toMs && (toMs > u.fromMs || fromMs === u.fromMs));
}

function yearMs(year: number): number {
  return startOfCivilDay(parseCivilDate(`${year}-01-01`) ?? Number.NaN);
}
