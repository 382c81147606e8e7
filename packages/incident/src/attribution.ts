import type { Pause } from '@cityloop/calendar';
import {
  type Attribution,
  type Holder,
  holders,
  type Incident,
  type IncidentEvent,
  type Turn,
} from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';
import { fold } from './evolve.ts';
import { turnOf, turnsAfter } from './turns.ts';

/** Why nobody had to act: approved, or out of anybody's hands. */
const waits: ReadonlySet<Pause['kind']> = new Set(['suspension', 'third-party', 'weather']);

/** What an attribution is made of: a state that knows its turns. */
type Timed = Pick<Incident, 'clocks' | 'pauses' | 'turns'>;

/**
 * The time of the present round, split by who had the incident when; of a round that runs, as it stands at
 * `nowMs`. Undefined for incidents of builds that kept no turns: `rounds` knows those from their history.
 */
export function attribute(incident: Timed, nowMs: number): Attribution | undefined {
  const { turns, pauses } = incident;
  const clock = incident.clocks['end-to-end'];
  if (turns === undefined || clock === undefined) return undefined;
  const fromMs = fromIso(clock.startedAt);
  const toMs = Math.max(fromMs, clock.stoppedAt === undefined ? nowMs : fromIso(clock.stoppedAt));
  const lateFromMs = isLate(clock, toMs) ? Math.max(fromMs, fromIso(clock.dueAt)) : toMs;
  const held = stretches(turns, waited(pauses, toMs), fromMs, toMs);
  return {
    from: toIso(fromMs),
    to: toIso(toMs),
    dueAt: clock.dueAt,
    wholeMs: toMs - fromMs,
    lateMs: toMs - lateFromMs,
    parts: shares(held, lateFromMs),
  };
}

/** Every round an incident has gone through, by its whole history up to an instant; the last may run. */
export function rounds(events: readonly IncidentEvent[], nowMs: number): readonly Attribution[] {
  const ended: Timed[] = [];
  let state: Incident | undefined;
  let turns: readonly Turn[] = [];
  for (const event of events) {
    const at = state?.imported === true ? event.occurredAt : event.recordedAt;
    const before = state;
    state = fold(before, event);
    const started = (s: Incident | undefined) => s?.clocks['end-to-end']?.startedAt;
    if (before !== undefined && started(before) !== started(state)) {
      ended.push({ clocks: before.clocks, pauses: before.pauses, turns: [...turns] });
    }
    turns = before === undefined ? firstTurn(state) : turnsAfter(turns, event, state, at);
  }
  if (state === undefined) return [];
  const { clocks, pauses } = state;
  // A pause that was cancelled afterwards was none, in the rounds before this one as well.
  return [...ended, { clocks, turns: [...turns] }].flatMap(
    (round) => attribute({ ...round, pauses }, nowMs) ?? [],
  );
}

function firstTurn(born: Incident): readonly Turn[] {
  const turn = turnOf(born, toIso(fromIso(born.recordedAt)));
  return turn === undefined ? [] : [turn];
}

/** One that stands still since before it was due is not late, however long it stands. */
function isLate(clock: NonNullable<Incident['clocks']['end-to-end']>, atMs: number): boolean {
  if (clock.verdict !== undefined) return clock.verdict === 'late';
  const { pausedAt, bound, dueAt } = clock;
  if (pausedAt !== undefined && bound === undefined && pausedAt <= dueAt) return false;
  return atMs > fromIso(dueAt);
}

type Span = { readonly fromMs: number; readonly toMs: number };

/** The waiting that was approved, overlaps counted once. */
function waited(pauses: readonly Pause[], toMs: number): readonly Span[] {
  const spans = pauses
    .filter((pause) => waits.has(pause.kind) && pause.revokedAt === undefined)
    .map(({ from, until, endedAt = until }) => ({
      fromMs: fromIso(from),
      // One that has run out is over whether or not that has been recorded.
      toMs: endedAt === undefined ? toMs : Math.min(toMs, fromIso(endedAt)),
    }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last === undefined || span.fromMs > last.toMs) merged.push(span);
    else merged[merged.length - 1] = { ...last, toMs: Math.max(last.toMs, span.toMs) };
  }
  return merged;
}

type Stretch = Span & { readonly holder: Holder; readonly id: string };

/** The whole of `[fromMs, toMs)`, without gap or overlap; before the first turn it is the first one's. */
function stretches(
  turns: readonly Turn[],
  waiting: readonly Span[],
  fromMs: number,
  toMs: number,
): readonly Stretch[] {
  return turns.flatMap((turn, n) => {
    const next = turns[n + 1];
    const begins = n === 0 ? fromMs : clamp(fromIso(turn.from), fromMs, toMs);
    const ends = next === undefined ? toMs : clamp(fromIso(next.from), fromMs, toMs);
    return cut({ fromMs: begins, toMs: ends, holder: turn.by, id: turn.id }, waiting);
  });
}

/** A turn with what was waited taken out of it. */
function cut(turn: Stretch, waiting: readonly Span[]): readonly Stretch[] {
  const parts: Stretch[] = [];
  let { fromMs } = turn;
  for (const wait of waiting) {
    const begins = clamp(wait.fromMs, fromMs, turn.toMs);
    const ends = clamp(wait.toMs, begins, turn.toMs);
    parts.push({ ...turn, fromMs, toMs: begins });
    parts.push({ ...turn, holder: 'waiting', fromMs: begins, toMs: ends });
    fromMs = ends;
  }
  return [...parts, { ...turn, fromMs }].filter((part) => part.toMs > part.fromMs);
}

function clamp(ms: number, least: number, most: number): number {
  return Math.min(Math.max(ms, least), most);
}

function shares(held: readonly Stretch[], lateFromMs: number): Attribution['parts'] {
  const used = ({ fromMs, toMs }: Span) => ({
    ms: toMs - fromMs,
    lateMs: Math.max(0, toMs - Math.max(fromMs, lateFromMs)),
  });
  return holders.flatMap((holder) => {
    const his = held.filter((stretch) => stretch.holder === holder);
    if (his.length === 0) return [];
    const by = [...Map.groupBy(his, ({ id }) => id)].map(([id, of]) => ({
      id,
      ...sum(of.map(used)),
    }));
    return [{ holder, ...sum(by), by }];
  });
}

type Used = { readonly ms: number; readonly lateMs: number };

function sum(parts: readonly Used[]): Used {
  return parts.reduce((all, one) => ({ ms: all.ms + one.ms, lateMs: all.lateMs + one.lateMs }), {
    ms: 0,
    lateMs: 0,
  });
}
