import {
  type Clock,
  type ClockExplanation,
  ClockName,
  explainClock,
  nameOfClock,
  type Pause,
} from '@cityloop/calendar';
import { type Attribution, holderNames } from '@cityloop/contracts';
import { basisWords, clockSentences, type Policy, rounds } from '@cityloop/incident';
import { fromIso, NotFound, toIso, Unavailable } from '@cityloop/kernel';
import type { Edition } from '@cityloop/stage';
import type { Past } from './history.ts';
import type { Loop } from './loop.ts';

/** Editions looked through for the one a due instant was computed by. */
const EDITIONS_MOST = 20;

type Told = { readonly explanation: ClockExplanation; readonly edition: Edition };
type ToTell = {
  readonly name: ClockName;
  readonly clock: Clock;
  readonly pauses: readonly Pause[];
  readonly atMs: number;
};

/** All clocks of an incident as they stood, and who had it when. */
export function clocksOf(loop: Loop, { incident, events, atMs }: Past): object {
  const clocks = Object.entries(incident.clocks).map(([name, clock]) =>
    // The keys of a clock book are clock names.
    summary(explain(loop, { name: name as ClockName, clock, pauses: incident.pauses, atMs })),
  );
  const policy = loop.policy();
  return {
    id: incident.id,
    version: incident.version,
    at: toIso(atMs),
    clocks,
    pauses: incident.pauses,
    rounds: rounds(events, atMs).map((round) => withNames(round, policy)),
  };
}

/** One clock, explained as of then, as data and in sentences. */
export function explanationOf(loop: Loop, { incident, atMs }: Past, wanted: string): object {
  const name = ClockName.safeParse(wanted).data;
  const clock = name && incident.clocks[name];
  if (name === undefined || clock === undefined) {
    throw new NotFound('CLOCK_NOT_FOUND', '案件没有这个时钟 / the incident has no such clock', {
      clocks: Object.keys(incident.clocks),
    });
  }
  const told = explain(loop, { name, clock, pauses: incident.pauses, atMs });
  return { id: incident.id, version: incident.version, ...inWords(told) };
}

/** The explanation under the edition it is told by. */
export function inWords({ explanation, edition }: Told): object {
  return {
    name: nameIn(explanation, edition),
    basisText: basisWords(explanation.basis, edition.policy),
    tellsBy: edition.policy.revision,
    sentences: clockSentences(explanation, edition.policy),
    explanation,
  };
}

/**
 * Explains a clock by the newest edition of that time whose calendar makes its due instant come out: a
 * clock that had stopped or was red is not computed anew by a later one.
 */
function explain(loop: Loop, told: ToTell): Told {
  const { stoppedAt, redAt } = told.clock;
  const lastMs = Math.min(told.atMs, ...[stoppedAt, redAt].flatMap((at) => at ?? []).map(fromIso));
  const history = loop.policies();
  const then = [...history.upTo(lastMs), ...history.upTo(told.atMs)].slice(0, EDITIONS_MOST);
  let first: Told | undefined;
  // An imported clock may be older than any edition: it was computed by the one it names.
  for (const revision of new Set([...then, told.clock.revision])) {
    const edition = history.at(revision);
    const explanation = edition && explainIn(edition, told);
    if (edition === undefined || explanation === undefined) continue;
    first ??= { explanation, edition };
    if (explanation.sum.adds) return { explanation, edition };
  }
  if (first !== undefined) return first;
  throw new Unavailable('POLICY_UNKNOWN', '区政策尚未载入 / the policy is not loaded yet');
}

/** Under one edition; undefined when it has no such calendar. */
export function explainIn({ policy, pack }: Edition, told: ToTell): ClockExplanation | undefined {
  const definition = pack.calendars.definitions.find(({ id }) => id === told.clock.calendar);
  if (definition === undefined) return undefined;
  const { holidays } = pack.calendars;
  return explainClock({
    ...told,
    calendar: policy.calendar(definition.id),
    calendarName: definition.name,
    // A calendar that takes no notice of holidays has none to tell of.
    holidays: { ...holidays, ...(definition.holidays ? {} : { holidays: [], workdays: [] }) },
  });
}

function nameIn({ clock, basis }: ClockExplanation, { policy }: Edition): string {
  return nameOfClock(clock, (id) => policy.unit(id)?.name ?? id, basis);
}

/** A line of the list: what it is, when it is due, how it stands. */
function summary({ explanation, edition }: Told): object {
  const { clock, limit, basis, calendar, startedAt, dueAt, bound, revision } = explanation;
  const { state, lamp, remainingMs, overdueMs, verdict, stoppedAt, provisional } = explanation;
  return {
    clock,
    name: nameIn(explanation, edition),
    limit: limit.text,
    basis,
    basisText: basisWords(basis, edition.policy),
    calendar: calendar.id,
    calendarName: calendar.name,
    revision,
    startedAt,
    dueAt,
    bound,
    state,
    lamp,
    remainingMs,
    overdueMs,
    verdict,
    stoppedAt,
    provisional,
  };
}

/** With the names of the holders, and what each used of the whole, 0 to 1. */
function withNames(round: Attribution, policy: Policy): object {
  const nameOf = (id: string) => policy.unit(id)?.name ?? policy.centre(id)?.name ?? id;
  return {
    ...round,
    parts: round.parts.map(({ holder, by, ...used }) => ({
      holder,
      name: holderNames[holder],
      ...used,
      share: round.wholeMs === 0 ? 0 : Math.round((used.ms / round.wholeMs) * 10_000) / 10_000,
      by: by.map((one) => ({ ...one, name: nameOf(one.id) })),
    })),
  };
}
