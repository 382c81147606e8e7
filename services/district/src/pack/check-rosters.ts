import {
  changeSpan,
  compileCalendar,
  type DutyRoster,
  type DutySpan,
  dutySpans,
  parseCivilDate,
  startOfCivilDay,
  type WorkCalendar,
} from '@cityloop/calendar';
import type { DistrictPack, PackPerson } from '@cityloop/contracts';
import { doubled, type PackCheck, uniqueBy } from './problem.ts';

type Add = (path: readonly (string | number)[], reason: string) => void;

/**
 * One roster a centre or unit, its own people, nobody on two shifts at once, and somebody there whenever the
 * roster's calendar is open.
 */
export const checkRosters: PackCheck = (pack, problems) => {
  uniqueBy(pack.rosters, (roster) => roster.of, doubled('rosters', 'of'), problems);
  const places = new Set([...pack.centres, ...pack.units].map(({ id }) => id));
  const { definitions, holidays } = pack.calendars;
  // By weekday alone: who works on a make-up day (调休) is a change, and next year's notice breaks no roster.
  const calendars = new Map(
    definitions.map((d) => [d.id, compileCalendar({ ...d, holidays: false }, holidays)]),
  );
  for (const [index, roster] of pack.rosters.entries()) {
    const add: Add = (path, reason) => {
      problems.push({ section: 'rosters', path: [index, ...path], reason });
    };
    if (!places.has(roster.of)) add(['of'], `没有这个中心或单位“${roster.of}”`);
    checkPeople(pack, roster, add);
    checkChanges(roster, add);
    checkTables(roster, add);
    const during = roster.during === undefined ? undefined : calendars.get(roster.during);
    if (roster.during !== undefined && during === undefined) {
      add(['during'], `没有这个日历“${roster.during}”`);
    } else checkShifts(roster, during, add);
  }
};

function checkPeople(pack: DistrictPack, roster: DutyRoster, add: Add): void {
  const people = new Map(pack.people.map((person) => [person.id, person]));
  const check = (ids: readonly string[], path: readonly (string | number)[]): void => {
    for (const [at, id] of ids.entries()) {
      const problem = personProblem(people.get(id), id, roster.of);
      if (problem !== undefined) add([...path, 'people', at], problem);
    }
  };
  for (const [table, { shifts }] of roster.tables.entries()) {
    for (const [shift, { people: ids }] of shifts.entries()) {
      check(ids, ['tables', table, 'shifts', shift]);
    }
  }
  for (const [change, { people: ids }] of (roster.changes ?? []).entries()) {
    check(ids, ['changes', change]);
  }
}

function personProblem(
  person: PackPerson | undefined,
  id: string,
  place: string,
): string | undefined {
  if (person === undefined) return `没有这个人员“${id}”`;
  if (person.centreId === place || person.unitId === place) return undefined;
  return `人员“${id}”不属于“${place}”，不能在此值班`;
}

function checkChanges({ changes = [] }: DutyRoster, add: Add): void {
  const spans = changes.map((change, at) => ({ ...changeSpan(change), at }));
  spans.sort((a, b) => a.fromMs - b.fromMs);
  for (const [index, span] of spans.entries()) {
    const before = spans[index - 1];
    if (before !== undefined && span.fromMs < before.toMs) {
      add(['changes', span.at, 'from'], `与第 ${before.at + 1} 项调班时间重叠`);
    }
  }
}

function checkTables({ tables }: DutyRoster, add: Add): void {
  const seen = new Map<string, number>();
  for (const [at, { from }] of tables.entries()) {
    const first = seen.get(from);
    if (first === undefined) seen.set(from, at);
    else add(['tables', at, 'from'], `与第 ${first + 1} 张值班表同日起用`);
  }
}

/** Walks each table from the day it holds from, until all turns have met all weekdays or the next table begins. */
function checkShifts(roster: DutyRoster, during: WorkCalendar | undefined, add: Add): void {
  const begins = roster.tables.map(({ from }) => parseCivilDate(from) ?? Number.NaN);
  for (const [at, table] of roster.tables.entries()) {
    const first = begins[at] ?? 0;
    const next = Math.min(...begins.filter((day) => day > first));
    const last = Math.min(first + 7 * (table.rotation ?? 1), next - 1);
    // The night shift of the day before, of an earlier table, is worked to its end.
    const days = Array.from({ length: last - first + 2 }, (_, day) => first - 1 + day);
    const spans = days.flatMap((day) => dutySpans(roster, day));
    spans.sort((a, b) => a.fromMs - b.fromMs);
    findDouble(spans, (span) => {
      const where = ['tables', span.table, 'shifts', span.shift, 'people'];
      add(where, `同一人在${local(span.fromMs)}同时值两个班`);
    });
    // Nobody knows who was there the night before the very first table.
    const fromMs = startOfCivilDay(first === Math.min(...begins) ? first + 1 : first);
    const gap = firstGap(spans, { fromMs, toMs: startOfCivilDay(last + 1) }, during);
    if (gap !== undefined) {
      add(['tables', at], `${local(gap.fromMs)} 至 ${local(gap.toMs)} 无人值班`);
    }
  }
}

/** Tells of the first shift each shift's people are asked for while they have another. */
function findDouble(spans: readonly DutySpan[], tell: (span: DutySpan) => void): void {
  const busyUntil = new Map<string, number>();
  const told = new Set<string>();
  for (const span of spans) {
    const key = `${span.table}/${span.shift}`;
    const busy = span.people.some((id) => span.fromMs < (busyUntil.get(id) ?? 0));
    if (busy && !told.has(key)) {
      told.add(key);
      tell(span);
    }
    for (const id of span.people) {
      busyUntil.set(id, Math.max(span.toMs, busyUntil.get(id) ?? 0));
    }
  }
}

type Stretch = { readonly fromMs: number; readonly toMs: number };

function firstGap(
  spans: readonly DutySpan[],
  { fromMs, toMs }: Stretch,
  during: WorkCalendar | undefined,
): Stretch | undefined {
  let coveredTo = fromMs;
  for (const span of [...spans, { fromMs: toMs, toMs }]) {
    const gap = { fromMs: coveredTo, toMs: Math.min(span.fromMs, toMs) };
    coveredTo = Math.max(coveredTo, span.toMs);
    if (gap.fromMs >= gap.toMs) continue;
    if (during === undefined || during.workingMsBetween(gap.fromMs, gap.toMs) > 0) return gap;
  }
  return undefined;
}

function local(ms: number): string {
  const text = new Date(ms + 8 * 3_600_000).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}
