import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import { formatCivilDate, parseCivilDate } from './civil-time.ts';

/** A day that exists, YYYY-MM-DD. */
export const CivilDate = z.string().refine((text) => parseCivilDate(text) !== undefined, {
  error: '不是有效日期（YYYY-MM-DD）',
});

/**
 * Which days differ from their weekday, and for which years that is known. Outside
 * `knownFrom`..`knownThrough` (both inclusive) weekdays are all there is, and deadlines are provisional.
 */
export const HolidayTable = z.object({
  source: z.string().min(1).meta({ description: 'Where the facts come from.' }),
  knownFrom: z.int().min(1992).max(9998),
  knownThrough: z.int().min(1992).max(9998),
  holidays: z.array(CivilDate).readonly().meta({ description: 'Closed days, YYYY-MM-DD.' }),
  workdays: z
    .array(CivilDate)
    .readonly()
    .meta({ description: 'Make-up days (调休): worked although a weekend, YYYY-MM-DD.' }),
});
export type HolidayTable = Readonly<z.infer<typeof HolidayTable>>;

const Days = z.array(z.string()).default([]);
const HolidayFile = z.strictObject({
  source: z.string().min(1),
  years: z
    .record(
      z.string().regex(/^\d{4}$/, '年份应为四位数字'),
      z.strictObject({ holidays: Days, workdays: Days }),
    )
    .refine((years) => Object.keys(years).length > 0, '至少要有一个年份'),
});

/**
 * Reads the parsed content of a holiday file (`years: {2026: {holidays: [02-15..02-23], workdays:
 * [02-14]}}`). Years must follow each other without a gap, a day may stand in one list once.
 *
 * @throws InvalidInput `CALENDAR_HOLIDAYS_INVALID`; `details.issues` holds `{path, message}` of every fault
 */
export function parseHolidayTable(raw: unknown): HolidayTable {
  const file = HolidayFile.safeParse(raw);
  if (!file.success) {
    throw invalid(file.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })));
  }
  const issues: Issue[] = [];
  const years = Object.keys(file.data.years)
    .map(Number)
    .sort((a, b) => a - b);
  checkYears(years, issues);
  const holidays: string[] = [];
  const workdays: string[] = [];
  for (const year of years) {
    const days = file.data.years[String(year)];
    if (days === undefined) continue;
    holidays.push(...expandAll(year, 'holidays', days.holidays, issues));
    workdays.push(...expandAll(year, 'workdays', days.workdays, issues));
  }
  const closed = new Set(holidays);
  for (const day of workdays) {
    if (closed.has(day))
      issues.push({ path: `years.${day.slice(0, 4)}`, message: `${day} 既是假日又是调休工作日` });
  }
  const [knownFrom, knownThrough] = [years[0], years.at(-1)];
  if (issues.length > 0 || knownFrom === undefined || knownThrough === undefined)
    throw invalid(issues);
  return { source: file.data.source, knownFrom, knownThrough, holidays, workdays };
}

type Issue = { readonly path: string; readonly message: string };

function invalid(issues: readonly Issue[]): InvalidInput {
  const first = issues[0];
  const where = first === undefined ? '' : `：${first.path} ${first.message}`;
  return new InvalidInput('CALENDAR_HOLIDAYS_INVALID', `节假日表无效${where}`, { issues });
}

function checkYears(years: readonly number[], issues: Issue[]): void {
  for (const [index, year] of years.entries()) {
    const before = years[index - 1];
    if (before !== undefined && year !== before + 1) {
      issues.push({ path: `years.${year}`, message: `年份不连续：缺 ${before + 1}` });
    }
    if (year < 1992) issues.push({ path: `years.${year}`, message: '1992 年以前有夏令时，不支持' });
  }
}

function expandAll(
  year: number,
  list: string,
  texts: readonly string[],
  issues: Issue[],
): string[] {
  const days: string[] = [];
  const seen = new Set<string>();
  for (const [index, text] of texts.entries()) {
    const path = `years.${year}.${list}.${index}`;
    const run = expand(year, text);
    if (run === undefined) issues.push({ path, message: `不是 MM-DD 或 MM-DD..MM-DD：${text}` });
    for (const day of run ?? []) {
      if (seen.has(day)) issues.push({ path, message: `${day} 重复` });
      seen.add(day);
      days.push(day);
    }
  }
  return days;
}

function expand(year: number, text: string): string[] | undefined {
  const [from = '', to = from, ...rest] = text.split('..');
  const first = parseCivilDate(`${year}-${from}`);
  const last = parseCivilDate(`${year}-${to}`);
  if (rest.length > 0 || first === undefined || last === undefined || last < first)
    return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => formatCivilDate(first + index));
}
