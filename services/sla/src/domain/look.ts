import { type Clock, type ClockName, limitMs } from '@cityloop/calendar';
import type { BodyOf, FromLadder, Incident } from '@cityloop/contracts';
import { isEnded, type Policy, routeFacts } from '@cityloop/incident';
import { fromIso, toIso } from '@cityloop/kernel';
import type { Directory, OnDuty } from './directory.ts';
import { type Climb, climb, type DueRung, type Standing } from './ladder.ts';
import { type Message, messageOf } from './message.ts';
import { outOfQuiet } from './quiet.ts';

/** Where an incident stands on its ladders, by clock. */
export type Standings = Readonly<Record<string, Standing>>;

/** By what a message goes to a person. */
export type Channel = 'in-app' | 'webhook' | 'email';

export type Told = {
  readonly clock: ClockName;
  readonly epoch: number;
  /** Told of together, in due order; the last is the highest. */
  readonly reached: readonly DueRung[];
  readonly ask?: Ask | undefined;
  readonly message: Message;
  /** Told of later than it should have been (补报). */
  readonly late: boolean;
  readonly people: readonly string[];
  /** Goes out neither by itself nor in quiet hours before these instants, ms. */
  readonly holdMs: number;
  readonly sendMs: number;
};

/** A 督办 asked of the incident's holder; under its key it is one however often it is asked. */
export type Ask = {
  readonly key: string;
  readonly rung: string;
  readonly body: BodyOf<'supervise'> & { readonly ladder: FromLadder };
};

export type Looked = {
  readonly standings: Standings;
  /** When to look again, ms; undefined when only an event can bring something new. */
  readonly nextMs: number | undefined;
  /** There is nothing to climb any more. */
  readonly over: boolean;
  readonly told: readonly Told[];
};

export type World = {
  readonly policy: Policy;
  readonly directory: Directory;
  readonly onDuty: OnDuty;
  readonly nowMs: number;
};

/** How long one waits for what cannot be told yet, ms: a newer state, the end of a merge. */
const AGAIN_MS = 300;
const MERGING_MS = 30_000;

/**
 * What is to be done about an incident as its holder has it: the rungs its clocks have reached and nobody was
 * told of, and when to look again. What has ended, is unknown or was imported and is not watched yet climbs no
 * more. `seen` is the newest version that was heard of: an older state is not judged by.
 */
export function look(
  before: Standings,
  incident: Incident | undefined,
  seen: number,
  world: World,
): Looked {
  if (incident === undefined || isEnded(incident) || incident.imported === true) return nothing;
  if (incident.version < seen) return later(before, world.nowMs + AGAIN_MS);
  if (incident.status === 'merging') return later(before, world.nowMs + MERGING_MS);
  const standings: Record<string, Standing> = {};
  const told: Told[] = [];
  let nextMs: number | undefined;
  // The keys of a clock book are clock names.
  for (const [name, clock] of Object.entries(incident.clocks) as [ClockName, Clock][]) {
    const climbed = stepOf(name, clock, before[name], incident, world);
    if (climbed === undefined) continue;
    standings[name] = climbed.standing;
    if (climbed.nextMs !== undefined) nextMs = Math.min(nextMs ?? Infinity, climbed.nextMs);
    if (climbed.reached.length > 0)
      told.push(toldOf(name, clock, climbed.reached, incident, world));
  }
  return { standings, nextMs, over: Object.keys(standings).length === 0, told };
}

const nothing: Looked = { standings: {}, nextMs: undefined, over: true, told: [] };
const later = (standings: Standings, nextMs: number): Looked => ({
  standings,
  nextMs,
  over: false,
  told: [],
});

function stepOf(
  name: ClockName,
  clock: Clock,
  before: Standing | undefined,
  incident: Incident,
  { policy, nowMs }: World,
): Climb | undefined {
  // As it was when the first mark fell due: a mode (平战) that begins later changes no ladder half way up.
  const markedAt = clock.amberAt ?? clock.redAt;
  const markedMs = markedAt === undefined ? nowMs : fromIso(markedAt);
  const ladder = policy.ladder(name, routeFacts(incident), markedMs);
  if (ladder === undefined) return undefined;
  const climbed = climb(before, clock, ladder, policy.calendar(clock.calendar), nowMs);
  // A clock without a mark is not on the ladder: its mark is an event, and that is heard.
  if (climbed === undefined || !isMarked(clock)) return undefined;
  return climbed;
}

function isMarked({ redAt, amberAt }: Clock): boolean {
  return redAt !== undefined || amberAt !== undefined;
}

function toldOf(
  clockName: ClockName,
  clock: Clock,
  reached: readonly DueRung[],
  incident: Incident,
  world: World,
): Told {
  const { policy, directory, nowMs } = world;
  const { catchUp, notices } = policy.escalation;
  const wallMs = (limit: typeof catchUp): number => limitMs(limit.limit, 0);
  const first = reached[0]?.dueMs ?? nowMs;
  const late = nowMs - first > wallMs(catchUp);
  const about = {
    number: incident.number,
    matter: directory.matter(incident),
    place: directory.place(incident),
    clock: clockName,
    dueMs: fromIso(clock.dueAt),
  };
  const loud = incident.urgency === 'urgent' || reached.some(({ rung }) => rung.loud === true);
  const holdMs = loud ? nowMs : outOfQuiet(notices.quiet, nowMs);
  const people = directory.told(
    reached.flatMap(({ rung }) => rung.to),
    incident,
    clockName,
    world.onDuty,
  );
  return {
    clock: clockName,
    epoch: clock.epoch,
    reached,
    ask: askOf(clockName, clock, reached, incident, world),
    message: messageOf(reached, about, nowMs, late),
    late,
    people: people.map(({ id }) => id),
    holdMs,
    sendMs: loud && !late ? nowMs : Math.max(holdMs, nowMs + wallMs(notices.bundle)),
  };
}

/** Of several that are due only the highest 督办 is asked for. */
function askOf(
  clockName: ClockName,
  clock: Clock,
  reached: readonly DueRung[],
  incident: Incident,
  { policy, directory, nowMs }: World,
): Ask | undefined {
  const top = reached.findLast(({ rung }) => rung.supervise !== undefined);
  const supervise = top?.rung.supervise;
  if (top === undefined || supervise === undefined) return undefined;
  const centreId = directory.supervising(supervise.by, incident);
  const calendar = policy.calendar(policy.centre(centreId)?.calendar ?? clock.calendar);
  const { dueMs } = calendar.deadline(nowMs, supervise.reply.limit);
  const ladder = { clock: clockName, epoch: clock.epoch, rung: top.id, centreId, at: toIso(nowMs) };
  return {
    key: `sla:${incident.id}:${clockName}:${clock.epoch}:${top.id}`,
    rung: top.id,
    body: { kind: 'overdue', requirement: supervise.requirement, dueAt: toIso(dueMs), ladder },
  };
}
