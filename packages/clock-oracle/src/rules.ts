import { type Counting, counting, type PlainCalendar, plainCalendar } from './plain-calendar.ts';
import type { ToldActivation, ToldClock, ToldLimit, ToldPack } from './told.ts';

/** One revision of the pack and the instant from which it holds, ms. */
export type Revision = {
  readonly revision: number;
  readonly fromMs: number;
  readonly pack: ToldPack;
};

const USUAL_WARN_SHARE = 0.8;

type Row = { readonly limit: { readonly limit: ToldLimit } };
type Named = Row & { readonly id: string };

/** What a revision says about limits and working time. */
export type Rules = {
  readonly revision: number;
  readonly minimumShare: number;
  /** The share of its time after which a clock warns. */
  readonly warnShare: number;
  /** The limit behind a basis: `unit:…:standard:…`, `standard:…`, `category:…`, `default:…`, `end-to-end:…`. */
  limitOf(basis: string): ToldLimit | undefined;
  /** A mode that is in force or was lately. */
  activation(id: string): ToldActivation | undefined;
  count(limit: ToldLimit, calendarId: string, startedMs: number): Counting;
  /** Whether a span of a calendar lies in years whose holidays are known; wall time always does. */
  knows(limit: ToldLimit, calendarId: string, fromMs: number, toMs: number): boolean;
};

export function rulesOf({ revision, pack }: Revision): Rules {
  const { definitions, holidays } = pack.calendars;
  const calendars = new Map(definitions.map((d) => [d.id, plainCalendar(d, holidays)]));
  const standards = new Map(
    pack.catalogue.flatMap((c) => c.standards.map((row) => [row.id, row.limit.limit] as const)),
  );
  const calendarOf = (id: string): PlainCalendar => {
    const calendar = calendars.get(id);
    if (calendar === undefined) throw new RangeError(`the pack has no calendar ${id}`);
    return calendar;
  };

  return {
    revision,
    warnShare: (pack.clocks['amber'] as number | undefined) ?? USUAL_WARN_SHARE,
    minimumShare: pack.settings.rework.minimumShare,
    limitOf(basis) {
      const colon = basis.indexOf(':');
      const [source, id] = [basis.slice(0, colon), basis.slice(colon + 1)];
      if (source === 'unit') {
        const [unitId = '', , row = ''] = id.split(':');
        return pack.units.find((unit) => unit.id === unitId)?.limits?.[row]?.limit;
      }
      if (source === 'category') return pack.catalogue.find((c) => c.code === id)?.limit?.limit;
      if (source === 'standard') return standards.get(id);
      if (source === 'default') return (pack.clocks[id] as Row | undefined)?.limit.limit;
      if (source !== 'end-to-end') return undefined;
      const rows = pack.clocks['end-to-end'] as readonly Named[];
      return rows.find((row) => row.id === id)?.limit.limit;
    },
    activation: (id) => pack.activations?.find((one) => one.id === id),
    count: (limit, calendarId, startedMs) => counting(limit, calendarOf(calendarId), startedMs),
    knows: (limit, calendarId, fromMs, toMs) =>
      limit.unit.startsWith('urgent') || calendarOf(calendarId).knows(fromMs, toMs),
  };
}

/** The revision that holds at an instant; the first one before all. */
export function holdingAt(
  all: readonly { readonly fromMs: number; readonly rules: Rules }[],
  ms: number,
): Rules {
  const found = all.findLast(({ fromMs }) => fromMs <= ms) ?? all[0];
  if (found === undefined) throw new RangeError('no revision of the pack is known');
  return found.rules;
}

/** What is wrong with the limit of a clock by its basis, in the revision it names and under its mode, if any. */
export function limitFault(
  name: string,
  { limit, basis, bound, revision, mode }: ToldClock,
  named: Rules | undefined,
  now: Rules,
): string | undefined {
  const own = bound?.ownBasis ?? basis;
  const usual = named?.limitOf(own);
  const begun = mode === undefined ? undefined : now.activation(mode);
  const wanted = usual === undefined ? [] : limitsUnder(begun, mode, name, usual);
  if (wanted.some(({ amount, unit }) => amount === limit.amount && unit === limit.unit))
    return undefined;
  const says = wanted.map(({ amount, unit }) => `${amount} ${unit}`).join(' or ') || 'nothing';
  return `runs ${limit.amount} ${limit.unit} by ${own}, revision ${revision} says ${says}`;
}

/** Under a mode, what any of its rows for the clock says: which one fits the incident is not looked at. */
function limitsUnder(
  begun: ToldActivation | undefined,
  mode: string | undefined,
  name: string,
  usual: ToldLimit,
): readonly ToldLimit[] {
  if (mode === undefined) return [usual];
  const kind = name.startsWith('assist:') ? 'assist' : name;
  const rows = begun?.mode.limits.filter(({ clocks }) => clocks.includes(kind)) ?? [];
  return rows.map(({ limit, factor = 1 }) => {
    const amount = Math.max(0.001, Math.round(usual.amount * factor * 1000) / 1000);
    return limit?.limit ?? { ...usual, amount };
  });
}
