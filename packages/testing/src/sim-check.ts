import { isDeepStrictEqual } from 'node:util';
import {
  custodianAfter,
  decodeEvent,
  type Incident,
  type IncidentEvent,
  isHandOver,
  stageOf,
  stages,
  statuses,
} from '@cityloop/contracts';
import { assistStatus, boarded, evolve, openAssists } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import { modeFaults } from './sim-modes.ts';
import type { Errand } from './sim-people.ts';
import type { SimStory, Turn } from './sim-story.ts';

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

type RowWrite = ReturnType<SimStory['world']['stores']['intake']['rows']['get']> & {};

type Play = (among: (turn: Turn) => boolean) => Promise<void>;

/** What must hold once a story has come to rest; a sentence for everything that does not. */
export async function checkStory(story: SimStory, play: Play): Promise<string[]> {
  const histories = [...story.world.history.entries()];
  const torn = histories.flatMap(([id, events]) => historyFaults(story, id, events));
  // Everything else is held against histories that can be read.
  if (torn.length > 0) return torn;
  return [
    ...story.errands.flatMap((one) => errandFaults(story, one)),
    ...(await logFaults(story)),
    ...(await memoryFaults(story, play)),
    ...mergeFaults(story),
    ...callerFaults(story),
  ];
}

/** Each accepted command has its effect once, each refused one none; a repeat is answered alike. */
function errandFaults(story: SimStory, one: Errand): string[] {
  if (!one.final) return [`${one.name} never got a final answer`];
  if (!one.name.startsWith('op-')) return [];
  const effects = effectsOf(story, one.name);
  const faults = effects.length > 1 ? [`${one.name} took effect ${effects.length} times`] : [];
  const accepted = one.answers.length > 0;
  if (accepted && effects.length === 0) faults.push(`${one.name} was accepted and is lost`);
  if (!accepted && effects.length > 0) faults.push(`${one.name} was refused and took effect`);
  const said = new Set(one.answers.map((answer) => `${answer.id} v${answer.version}`));
  if (said.size > 1) faults.push(`${one.name} was answered differently: ${[...said].join(', ')}`);
  return faults;
}

/** A command's words stand in the event it led to, a report's in the incident. */
function effectsOf({ world }: SimStory, name: string): IncidentEvent[] {
  return [...world.history.values()].flat().filter((event) => {
    const born = event.type === 'intake.reported';
    return (born ? event.data.incident.description : event.data.text) === name;
  });
}

/** Versions without gaps, custody by the table, dossiers equal to the fold, marks once and in time. */
function historyFaults(story: SimStory, id: string, events: readonly IncidentEvent[]): string[] {
  const faults: string[] = [];
  const marks = new Set<string>();
  let state: Incident | undefined;
  for (const event of events) {
    if (state === undefined && event.type !== 'intake.reported') {
      return [`${id}: its history begins with ${event.type}`];
    }
    // An import lives on the time it tells of.
    const at = state?.imported === true ? event.occurredAt : event.recordedAt;
    const { dossier, ...data } = event.data as { dossier?: Incident };
    const after = evolve(state, { ...event, data } as IncidentEvent, at);
    const wrong = [
      ...passageFaults(event, state, after),
      ...markFaults(event, at, marks),
      ...(isHandOver(event.type) && !isDeepStrictEqual(asJson(dossier), asJson(after))
        ? ['the dossier is not the fold']
        : []),
    ];
    faults.push(...wrong.map((fault) => `${id} v${event.version} ${event.type}: ${fault}`));
    state = after;
  }
  if (state === undefined) return faults;
  const policy = story.world.policies.at(-1);
  if (policy !== undefined) faults.push(...modeFaults(events, policy));
  return [...faults, ...restFaults(story, state).map((fault) => `${id}: ${fault}`)];
}

function passageFaults(
  event: IncidentEvent,
  before: Incident | undefined,
  after: Incident,
): string[] {
  const faults: string[] = [];
  const { version, custodian, recordedAt } = before ?? { version: 0, custodian: 'intake' };
  if (event.version !== version + 1) faults.push(`version ${version + 1} was expected`);
  if (stageOf(event.type) !== custodian) faults.push(`written while ${custodian} held it`);
  if (event.custodian !== custodianAfter(event.type)) faults.push('wrong custodian');
  if (!statuses.includes(after.status)) faults.push(`status ${after.status}`);
  if (recordedAt !== undefined && fromIso(after.recordedAt) < fromIso(recordedAt)) {
    faults.push('time ran back');
  }
  return faults;
}

function markFaults(event: IncidentEvent, at: string, marks: Set<string>): string[] {
  const amber = event.type.endsWith('.clock-warned');
  if (!amber && !event.type.endsWith('.clock-overdue')) return [];
  const { clock, clocks, dueAt, amberAt } = event.data as {
    readonly clock: keyof Incident['clocks'];
    readonly clocks: Incident['clocks'];
    readonly dueAt: string;
    readonly amberAt?: string;
  };
  const epoch = `${clock} epoch ${clocks[clock]?.epoch}`;
  const mark = `${amber ? 'amber' : 'red'} ${epoch}`;
  const faults = marks.has(mark) ? [`${mark} is marked twice`] : [];
  if (amber && marks.has(`red ${epoch}`)) faults.push(`${mark} comes after the red one`);
  if (fromIso(at) < fromIso(amberAt ?? dueAt)) faults.push(`${mark} is marked before it is due`);
  marks.add(mark);
  return faults;
}

/** At rest: taken by its holder, settled, in no passing state; its row says what its history says. */
function restFaults({ world }: SimStory, state: Incident): string[] {
  const others = stages.filter((stage) => stage !== state.custodian);
  const faults = others.flatMap((stage) => {
    const row = world.stores[stage].rows.get(state.id);
    if (row?.status !== undefined) return [`${stage} still holds it`];
    return (row?.version ?? 0) > state.version ? [`${stage} knows what never happened`] : [];
  });
  const between = state.status === 'merging' || state.unmerging === true;
  const merging = between ? ['a merge that never ends'] : [];
  const row = world.stores[state.custodian].rows.get(state.id);
  return [
    ...faults,
    ...merging,
    ...rowFaults(row, state, world.nowMs),
    ...dueFaults(state, world.nowMs),
  ];
}

function rowFaults(row: RowWrite | undefined, state: Incident, nowMs: number): string[] {
  if (row?.version !== state.version) {
    return [`stuck on its way to ${state.custodian}: v${row?.version} of v${state.version}`];
  }
  const faults = row.status === state.status ? [] : [`its row has ${row.status}`];
  const { nextDueAt } = row;
  const assists = openAssists(state).flatMap((assist) => {
    const status = assistStatus(state, assist);
    return status === undefined ? [] : [{ unitId: assist.unitId, status }];
  });
  if (!isDeepStrictEqual(row.assists ?? [], assists)) faults.push('its row has other assists');
  if (!isDeepStrictEqual(row.board, boarded(state))) faults.push('the boards show it otherwise');
  const overdue = nextDueAt !== undefined && fromIso(nextDueAt) <= nowMs;
  return overdue ? [...faults, `overdue since ${nextDueAt} and nobody noticed`] : faults;
}

/** Every clock that has run out bears its mark; an import's come with what is told of it next. */
function dueFaults(state: Incident, nowMs: number): string[] {
  if (state.imported === true) return [];
  return Object.entries(state.clocks)
    .filter(([, clock]) => clock.stoppedAt === undefined)
    .filter(([, clock]) => clock.pausedAt === undefined || clock.bound !== undefined)
    .filter(([, clock]) => clock.redAt === undefined)
    .filter(
      ({ 1: { dueAt, warnAt, amberAt } }) =>
        fromIso(dueAt) <= nowMs ||
        (warnAt !== undefined && amberAt === undefined && fromIso(warnAt) <= nowMs),
    )
    .map(([kind]) => `the clock ${kind} was never marked`);
}

/** Every event stands in the log once, in the order of its incident, and can be read. */
async function logFaults({ world }: SimStory): Promise<string[]> {
  const faults: string[] = [];
  const versions = new Map<string, number>();
  const records = await world.log.read(1, world.log.length);
  for (const record of records) {
    const decoded = decodeEvent(record.body);
    if (decoded.kind !== 'event') {
      faults.push(`record ${record.position} cannot be read: ${JSON.stringify(decoded)}`);
      continue;
    }
    const { incidentId, version } = decoded.event;
    if (version !== (versions.get(incidentId) ?? 0) + 1) {
      faults.push(`record ${record.position} has v${version} after v${versions.get(incidentId)}`);
    }
    versions.set(incidentId, version);
  }
  for (const [id, events] of world.history) {
    if (versions.get(id) !== events.length) faults.push(`${id}: the log misses what history has`);
  }
  return faults;
}

/** What a running process believes is what its history says. */
async function memoryFaults(story: SimStory, play: Play): Promise<string[]> {
  const faults: string[] = [];
  for (const id of story.world.history.keys()) {
    const state = story.stateOf(id);
    const engine = story.processOf(state.custodian)?.engine;
    void engine?.whereabouts(id).then((known) => {
      if (isDeepStrictEqual(asJson(known?.incident), asJson(state))) return;
      faults.push(`${id}: ${state.custodian} believes something else than its history`);
    });
  }
  await play(([name]) => name === 'open');
  return faults;
}

/** However often it was merged, un-merged and merged again: absorbed once each time. */
function mergeFaults({ world }: SimStory): string[] {
  const absorbed = new Map<string, number>();
  const merged = new Map<string, number>();
  const count = (counts: Map<string, number>, id: string) =>
    counts.set(id, (counts.get(id) ?? 0) + 1);
  for (const event of [...world.history.values()].flat()) {
    const fact = event.type.slice(event.type.indexOf('.') + 1);
    if (fact === 'merged') count(merged, event.incidentId);
    if (fact !== 'absorbed') continue;
    const { incidentId } = event.data as { readonly incidentId: string };
    count(absorbed, incidentId);
  }
  return [...new Set([...absorbed.keys(), ...merged.keys()])]
    .filter((id) => absorbed.get(id) !== merged.get(id))
    .map((id) => `${id}: absorbed ${absorbed.get(id)} times, merged ${merged.get(id)} times`);
}

/**
 * Nobody waits for an answer in two incidents that may still be worked on; but who goes their own way from
 * one that was merged on and archived leaves their callers in the third, where nobody can ask for them.
 */
function callerFaults(story: SimStory): string[] {
  const waits = new Map<string, string>();
  const faults: string[] = [];
  for (const id of story.world.history.keys()) {
    const { status, outcome, demands } = story.stateOf(id);
    if (status === 'archived' || outcome === 'merged' || leftOneMergedOn(story, id)) continue;
    for (const demand of demands) {
      const other = waits.get(demand.id);
      if (other !== undefined) faults.push(`demand ${demand.id} is in ${other} and in ${id}`);
      waits.set(demand.id, id);
    }
  }
  return faults;
}

function leftOneMergedOn(story: SimStory, id: string): boolean {
  return (story.world.history.get(id) ?? []).some((event) => {
    if (event.type !== 'archive.unmerged') return false;
    const { status, outcome } = story.stateOf(event.data.from);
    return status === 'archived' && outcome === 'merged';
  });
}
