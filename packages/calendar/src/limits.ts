import { assertNever } from '@cityloop/kernel';
import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './civil-time.ts';

/**
 * How a limit is counted. `urgent-*` (紧急工作时, 紧急工作日, 自然日) runs through nights, weekends and
 * holidays; `work-*` (工作时, 工作日) counts only the open time of a calendar.
 */
export const LimitUnit = z.enum([
  'urgent-minute',
  'urgent-hour',
  'urgent-day',
  'work-hour',
  'work-day',
]);
export type LimitUnit = z.infer<typeof LimitUnit>;

/** A time allowed for something. Never zero: a text that cannot be read has no limit at all. */
export const Limit = z.object({
  amount: z
    .number()
    .min(0.001)
    .max(100_000)
    .meta({ description: 'How many units; fractions are allowed.' }),
  unit: LimitUnit,
});
export type Limit = Readonly<z.infer<typeof Limit>>;

const UNITS: ReadonlyMap<string, LimitUnit> = new Map<string, LimitUnit>([
  ['分钟', 'urgent-minute'],
  ['紧急工作时', 'urgent-hour'],
  ['紧急小时', 'urgent-hour'],
  ['紧急工作日', 'urgent-day'],
  ['自然日', 'urgent-day'],
  ['日历日', 'urgent-day'],
  ['工作小时', 'work-hour'],
  ['工作时', 'work-hour'],
  ['小时', 'work-hour'],
  ['工作日', 'work-day'],
  ['天', 'work-day'],
  ['日', 'work-day'],
]);

// The rest may be a verb (制止, 到达现场) or 内, but nothing that could be a second limit or a condition.
const LIMIT_TEXT = new RegExp(
  String.raw`^(\d+(?:\.\d+)?|半|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])` +
    `个?(${[...UNITS.keys()].join('|')})(?:以?内)?[。.]?([^0-9时日天分至或/、,;。]*)。?$`,
);

/**
 * Reads the Chinese text of a standard row: `2紧急工作时`, `4小时`, `3个工作日内`, `1紧急工作日制止`.
 * A bare hour or day is a working one. Undefined for whatever is not exactly one limit with at most
 * a verb behind it: the caller keeps the raw text and flags the row, a limit is never guessed.
 */
export function parseLimit(text: string): Limit | undefined {
  const match = LIMIT_TEXT.exec(text.normalize('NFKC').replaceAll(/\s/gu, ''));
  if (match === null) return undefined;
  const unit = UNITS.get(match[2] ?? '');
  if (unit === undefined) return undefined;
  const parsed = Limit.safeParse({ amount: parseAmount(match[1] ?? ''), unit });
  return parsed.success ? parsed.data : undefined;
}

function parseAmount(text: string): number {
  if (text === '半') return 0.5;
  const ten = text.indexOf('十');
  if (ten < 0) return /^\d/.test(text) ? Number(text) : digit(text);
  const tens = ten === 0 ? 1 : digit(text.slice(0, ten));
  return tens * 10 + (ten === text.length - 1 ? 0 : digit(text.slice(ten + 1)));
}

function digit(text: string): number {
  return text === '两' ? 2 : '零一二三四五六七八九'.indexOf(text);
}

/** The limit as people of the district read it; `parseLimit` reads it back. */
export function formatLimit(limit: Limit): string {
  switch (limit.unit) {
    case 'urgent-minute':
      return `${limit.amount}分钟`;
    case 'urgent-hour':
      return `${limit.amount}紧急工作时`;
    case 'urgent-day':
      return `${limit.amount}紧急工作日`;
    case 'work-hour':
      return `${limit.amount}工作时`;
    case 'work-day':
      return `${limit.amount}工作日`;
    default:
      return assertNever(limit.unit);
  }
}

/** Whether the limit runs on wall time, whatever the calendar says. */
export function isUrgent(unit: LimitUnit): boolean {
  return unit !== 'work-hour' && unit !== 'work-day';
}

/**
 * Whole milliseconds of a limit: wall time when urgent, else open time. A working day is as long as
 * the calendar is open on a normal day (`workDayMsAt`).
 */
export function limitMs(limit: Limit, workDayMs: number): number {
  return Math.round(limit.amount * unitMs(limit.unit, workDayMs));
}

function unitMs(unit: LimitUnit, workDayMs: number): number {
  switch (unit) {
    case 'urgent-minute':
      return MINUTE_MS;
    case 'urgent-hour':
    case 'work-hour':
      return HOUR_MS;
    case 'urgent-day':
      return DAY_MS;
    case 'work-day':
      return workDayMs;
    default:
      return assertNever(unit);
  }
}
