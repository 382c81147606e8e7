import type { ToldEvent } from '@cityloop/clock-oracle';
import { fromIso, toIso } from '@cityloop/kernel';
import { type Published, published } from './year.ts';

/** A mistake the loop could make: in what the oracle is told was published, or in a history. */
type Plant = {
  readonly published?: readonly Published[];
  /** The history with the mistake in it; the very same one where there is no place for it. */
  readonly change?: (events: readonly ToldEvent[]) => readonly ToldEvent[];
};

const DAY_MS = 86_400_000;

type Clock = {
  readonly dueAt: string;
  readonly warnAt?: string;
  readonly verdict?: string;
  readonly stoppedAt?: string;
};
type Data = { readonly clock?: string; readonly clocks?: Readonly<Record<string, Clock>> };

// The tests know the shape of the events they bend.
const dataOf = (event: ToldEvent | undefined): Data => (event?.data ?? {}) as Data;
const isRed = (event: ToldEvent): boolean => event.type.endsWith('.clock-overdue');
const isAmber = (event: ToldEvent): boolean => event.type.endsWith('.clock-warned');
const isMark = (event: ToldEvent): boolean => isRed(event) || isAmber(event);

function holidaysMoved(days: readonly string[]): string[] {
  return days.map((day) => toIso(fromIso(`${day}T00:00:00Z`) + DAY_MS).slice(0, 10));
}

const offByADay = published.map((one) => {
  const { calendars } = one.pack;
  const { holidays, workdays } = calendars.holidays;
  const moved = { holidays: holidaysMoved(holidays), workdays: holidaysMoved(workdays) };
  return {
    ...one,
    pack: {
      ...one.pack,
      calendars: { ...calendars, holidays: { ...calendars.holidays, ...moved } },
    },
  };
});

const aMomentEarlier = ({ occurredAt }: ToldEvent): string => toIso(fromIso(occurredAt) - 1);

/** The first event that fits, changed, removed or doubled by what comes in its place. */
function inPlaceOf(
  fits: (event: ToldEvent, before: ToldEvent | undefined) => boolean,
  others: (event: ToldEvent) => readonly ToldEvent[],
) {
  return (events: readonly ToldEvent[]): readonly ToldEvent[] => {
    const at = events.findIndex((event, n) => fits(event, events[n - 1]));
    const event = events[at];
    return event === undefined ? events : events.toSpliced(at, 1, ...others(event));
  };
}

function withClocks(event: ToldEvent, change: (clock: Clock) => Clock): ToldEvent {
  const clocks = Object.entries(dataOf(event).clocks ?? {});
  const changed = Object.fromEntries(clocks.map(([name, clock]) => [name, change(clock)]));
  return { ...event, data: { ...event.data, clocks: changed } };
}

const movesClocks = (event: ToldEvent): boolean => {
  const { clocks } = dataOf(event);
  return event.type === 'handling.resumed' && Object.keys(clocks ?? {}).length > 0;
};

const later = (ms: number) => (clock: Clock) => ({
  ...clock,
  dueAt: toIso(fromIso(clock.dueAt) + ms),
});

const warnedLater = (clock: Clock): Clock =>
  clock.warnAt === undefined ? clock : { ...clock, warnAt: toIso(fromIso(clock.warnAt) + 1) };

function swapped(events: readonly ToldEvent[]): readonly ToldEvent[] {
  const at = events.findIndex((event, n) => {
    const next = events[n + 1];
    return (
      isMark(event) && next !== undefined && isMark(next) && event.recordedAt === next.recordedAt
    );
  });
  const [first, second] = [events[at], events[at + 1]];
  if (first === undefined || second === undefined) return events;
  return events.toSpliced(at, 2, second, first);
}

const hasVerdict = (event: ToldEvent): boolean =>
  Object.values(dataOf(event).clocks ?? {}).some((clock) => clock.verdict !== undefined);

const otherVerdict = (clock: Clock): Clock =>
  clock.verdict === undefined
    ? clock
    : { ...clock, verdict: clock.verdict === 'late' ? 'on-time' : 'late' };

type Part = { readonly holder: string; readonly ms: number };
type Facts = { readonly attribution?: { readonly parts: readonly Part[] } };

const factsOf = ({ data }: ToldEvent): Facts => (data as { facts?: Facts }).facts ?? {};
const attributionOf = (event: ToldEvent) => factsOf(event).attribution;

function shifted(event: ToldEvent): object {
  const attribution = attributionOf(event);
  const by = [1, -1];
  const parts = attribution?.parts.map((part, n) => ({ ...part, ms: part.ms + (by[n] ?? 0) }));
  return { ...factsOf(event), attribution: { ...attribution, parts } };
}

/** Each has to be found in every history it was planted in. */
export const planted: Readonly<Record<string, Plant>> = {
  'a calendar off by a day': { published: offByADay },
  'a pause counted twice': {
    change: inPlaceOf(movesClocks, (event) => [withClocks(event, later(3_600_000))]),
  },
  'a deadline off by a millisecond': {
    change: inPlaceOf(
      (event) => event.type === 'dispatch.assigned',
      (event) => [withClocks(event, later(1))],
    ),
  },
  'a red mark lost': { change: inPlaceOf(isRed, () => []) },
  'an amber mark lost': { change: inPlaceOf(isAmber, () => []) },
  'a red mark doubled': { change: inPlaceOf(isRed, (event) => [event, event]) },
  'an amber mark doubled': { change: inPlaceOf(isAmber, (event) => [event, event]) },
  'a warning off by a millisecond': {
    change: inPlaceOf(
      (event) => event.type === 'dispatch.assigned',
      (event) => [withClocks(event, warnedLater)],
    ),
  },
  'a mark before its time': {
    change: inPlaceOf(
      (event, before) => isMark(event) && (before?.recordedAt ?? '') < aMomentEarlier(event),
      (event) => [{ ...event, recordedAt: aMomentEarlier(event) }],
    ),
  },
  'the order of two marks swapped': { change: swapped },
  'a verdict turned round': {
    change: inPlaceOf(hasVerdict, (event) => [withClocks(event, otherVerdict)]),
  },
  'a millisecond of one given to another': {
    change: inPlaceOf(
      (event) => (attributionOf(event)?.parts.length ?? 0) > 1,
      (event) => [{ ...event, data: { ...event.data, facts: shifted(event) } }],
    ),
  },
  'a revision nobody was told of': { published: published.slice(0, 4) },
};
