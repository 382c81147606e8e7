import type { OwnDay, Span, Stretch } from './calendar-definition.ts';
import { civilDayOf, DAY_MS, startOfCivilDay } from './civil-time.ts';
import type { HolidayTable } from './holiday-table.ts';
import { numberOpenDays, type OpenDays } from './open-days.ts';

/**
 * The open time of a calendar as one growing number of milliseconds. A stretch of days with equal hours
 * is counted in whole days, so both directions take constant time there; which stretch it is, a search by
 * halves tells. Nothing grows with the time between two instants.
 */
export type OpenTime = {
  /** Open milliseconds from some fixed instant to `ms`; negative before it. */
  elapsed(ms: number): number;
  /** The earliest instant at which `elapsed` reaches `open`. */
  instantAt(open: number): number;
  /** Open milliseconds of a normal day at `ms` or, when it is closed then, at the next opening. */
  workDayMsAt(ms: number): number;
};

type Piece = {
  readonly fromDay: number;
  readonly spans: readonly Span[];
  /** Open milliseconds of each open day of the piece, and what a normal day of its version has. */
  readonly dayMs: number;
  readonly workDayMs: number;
  readonly days: OpenDays;
  /** `elapsed` and the number of open days at the beginning of the piece. */
  readonly elapsedBefore: number;
  readonly daysBefore: number;
};

/** Prepares the stretches of a calendar; `own` are the days it names itself. */
export function countOpenTime(
  stretches: readonly Stretch[],
  holidays: HolidayTable,
  own: ReadonlyMap<number, OwnDay>,
): OpenTime {
  const pieces = piecesOf(stretches, holidays, own);
  const [first] = pieces;
  if (first === undefined) throw new RangeError('a calendar has at least one stretch');
  if (pieces.length === 1) {
    return {
      elapsed: (ms) => elapsedIn(first, ms),
      instantAt: (open) => instantIn(first, open),
      workDayMsAt: () => first.workDayMs,
    };
  }
  const begins = Float64Array.from(pieces, (piece) => piece.fromDay);
  const opened = Float64Array.from(pieces, (piece) => piece.elapsedBefore);
  opened[0] = Number.NEGATIVE_INFINITY;
  const pieceOn = (day: number): Piece => pieces[lastAtMost(begins, day)] ?? first;
  const elapsed = (ms: number): number => elapsedIn(pieceOn(civilDayOf(ms)), ms);
  const pieceBefore = (open: number): Piece => pieces[lastBelow(opened, open)] ?? first;
  return {
    elapsed,
    instantAt: (open) => instantIn(pieceBefore(open), open),
    // The piece in which the next open millisecond lies.
    workDayMsAt: (ms) => pieceBefore(elapsed(ms) + 1).workDayMs,
  };
}

function piecesOf(
  stretches: readonly Stretch[],
  holidays: HolidayTable,
  own: ReadonlyMap<number, OwnDay>,
): Piece[] {
  const numbered = new Map<string, OpenDays>();
  const pieces: Piece[] = [];
  for (const stretch of stretches) {
    const key = `${stretch.holidays} ${stretch.weekdays.join()}`;
    const table = stretch.holidays ? holidays : undefined;
    const days =
      numbered.get(key) ?? numberOpenDays({ weekdays: stretch.weekdays, holidays: table, own });
    numbered.set(key, days);
    const { fromDay, spans, workDayMs } = stretch;
    const dayMs = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
    const last = pieces.at(-1);
    const known = last === undefined ? 0 : elapsedIn(last, startOfCivilDay(fromDay));
    const daysBefore = last === undefined ? 0 : days.before(fromDay);
    pieces.push({ fromDay, spans, dayMs, workDayMs, days, elapsedBefore: known, daysBefore });
  }
  return pieces;
}

function elapsedIn(piece: Piece, ms: number): number {
  const { days, dayMs, spans } = piece;
  const day = civilDayOf(ms);
  const before = days.before(day);
  const whole = piece.elapsedBefore + (before - piece.daysBefore) * dayMs;
  const offset = ms - startOfCivilDay(day);
  if (offset === 0 || days.before(day + 1) === before) return whole;
  let open = 0;
  for (const span of spans) {
    if (offset <= span.fromMs) break;
    open += Math.min(offset, span.toMs) - span.fromMs;
  }
  return whole + open;
}

function instantIn(piece: Piece, open: number): number {
  const { dayMs, spans } = piece;
  const inPiece = open - piece.elapsedBefore;
  const nth = Math.ceil(inPiece / dayMs) - 1;
  const midnight = startOfCivilDay(piece.days.at(nth + piece.daysBefore));
  let left = inPiece - nth * dayMs;
  for (const span of spans) {
    const length = span.toMs - span.fromMs;
    if (left <= length) return midnight + span.fromMs + left;
    left -= length;
  }
  return midnight + DAY_MS; // not reached: the spans of a day add up to dayMs
}

/** Index of the last entry not above `value`; entries ascend and the first is below everything. */
function lastAtMost(entries: Float64Array, value: number): number {
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((entries[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Index of the last entry below `value`; entries ascend and the first is below everything. */
function lastBelow(entries: Float64Array, value: number): number {
  let [low, high] = [0, entries.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((entries[middle] ?? 0) < value) low = middle;
    else high = middle - 1;
  }
  return low;
}
