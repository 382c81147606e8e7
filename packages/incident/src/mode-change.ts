import { type Clock, type ClockBook, type ClockName, moveToMode } from '@cityloop/calendar';
import type { Incident, ModeFacts } from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';
import { type CompiledMode, factsOf, type Governed, governing, overlaid } from './modes.ts';
import type { Policy } from './policy.ts';
import { planOf } from './replan.ts';

/** Running clocks that come under another mode, and when. */
export type ModeChange = {
  readonly atMs: number;
  readonly clocks: ClockBook;
  /** The modes that begin or end for them, by name. */
  readonly names: readonly string[];
};

/**
 * The first change of mode from `sinceMs` up to `ctx.nowMs` that this incident's running, unmarked clocks
 * have not followed yet; undefined when there is none. At `sinceMs` itself it finds what was not known
 * when the incident was last looked at.
 */
export function nextModeChange(
  incident: Incident,
  policy: Policy,
  sinceMs: number,
  nowMs: number,
): ModeChange | undefined {
  if (policy.modes.length === 0) return undefined;
  const open = openClocks(incident);
  if (open.length === 0) return undefined;
  const facts = factsOf(incident);
  for (const atMs of instantsBetween(policy.modes, sinceMs, nowMs)) {
    const found = changeAt(incident, policy, open, facts, atMs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** From one change of what is on to the next, `sinceMs` included. */
function instantsBetween(
  modes: readonly CompiledMode[],
  sinceMs: number,
  nowMs: number,
): readonly number[] {
  const bounds = modes
    .flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])
    .filter((ms) => ms > sinceMs && ms <= nowMs)
    .sort((a, b) => a - b);
  return [sinceMs, ...bounds];
}

type OpenClock = readonly [ClockName, Clock];

function openClocks({ clocks }: Incident): readonly OpenClock[] {
  // The keys of a clock book are clock names.
  return (Object.entries(clocks) as [ClockName, Clock][]).filter(
    ([, clock]) => clock.stoppedAt === undefined && clock.redAt === undefined,
  );
}

function changeAt(
  incident: Incident,
  policy: Policy,
  open: readonly OpenClock[],
  facts: ModeFacts,
  atMs: number,
): ModeChange | undefined {
  let clocks: ClockBook = {};
  const names = new Set<string>();
  for (const [name, clock] of open) {
    const governed = governing(policy, facts, name, fromIso(clock.startedAt), atMs);
    if (governed?.activation.id === clock.mode) continue;
    // Planned by a newer policy than this process knows: it is not for us to take that back.
    if (clock.revision > policy.revision) continue;
    const was = policy.modes.find(({ id }) => id === clock.mode);
    // One that nobody remembers any more let its clocks go when it ended; what it left stays.
    if (clock.mode !== undefined && was === undefined) continue;
    const after = moved(name, clock, incident, policy, governed, atMs);
    if (after === undefined) continue;
    clocks = { ...clocks, [name]: after };
    const named = governed?.activation.mode.name ?? was?.mode.name;
    if (named !== undefined) names.add(named);
  }
  return names.size === 0 ? undefined : { atMs, clocks, names: [...names] };
}

function moved(
  name: ClockName,
  clock: Clock,
  incident: Incident,
  policy: Policy,
  governed: Governed | undefined,
  atMs: number,
): Clock | undefined {
  const base = planOf(name, clock, incident, policy);
  if (base === undefined) return undefined;
  const minimum = policy.settings.rework.minimumShare;
  const plan = overlaid({ ...base, calendarId: clock.calendar }, governed);
  const { revision, warnShare } = policy;
  return moveToMode(
    clock,
    { ...plan, calendar: policy.calendar(clock.calendar), revision, warnShare },
    { atMs, leastShare: governed?.activation.mode.leastShare ?? minimum },
  );
}
