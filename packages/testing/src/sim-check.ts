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
import { evolve } from '@cityloop/incident';
import { fromIso } from '@cityloop/kernel';
import type { Errand } from './sim-people.ts';
import type { SimStory, Turn } from './sim-story.ts';

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

type Play = (among: (turn: Turn) => boolean) => Promise<void>;

/** What must hold once a story has come to rest; a sentence for everything that does not. */
export async function checkStory(story: SimStory, play: Play): Promise<string[]> {
  return [
    ...story.errands.flatMap((one) => errandFaults(story, one)),
    ...[...story.world.history.entries()].flatMap(([id, events]) =>
      historyFaults(story, id, events),
    ),
    ...(await logFaults(story)),
    ...(await memoryFaults(story, play)),
    ...mergeFaults(story),
  ];
}

/** Each accepted command has its effect once, each refused one none; a repeat is answered alike. */
function errandFaults(story: SimStory, one: Errand): string[] {
  if (!one.final) return [`${one.name} never got a final answer`];
  if (!one.name.startsWith('op-')) return [];
  const effects = effectsOf(story, one.name);
  const faults = effects > 1 ? [`${one.name} took effect ${effects} times`] : [];
  if (one.answers.length > 0 && effects === 0) faults.push(`${one.name} was accepted and is lost`);
  if (one.answers.length === 0 && effects > 0)
    faults.push(`${one.name} was refused and took effect`);
  const said = new Set(one.answers.map((answer) => `${answer.id} v${answer.version}`));
  if (said.size > 1) faults.push(`${one.name} was answered differently: ${[...said].join(', ')}`);
  return faults;
}

/** A command's words stand in the event it led to, a report's in the incident. */
function effectsOf({ world }: SimStory, name: string): number {
  let count = 0;
  for (const event of [...world.history.values()].flat()) {
    const words =
      event.type === 'intake.reported' ? event.data.incident.description : event.data.text;
    if (words === name) count += 1;
  }
  return count;
}

/** Versions without gaps, custody by the table, dossiers equal to the fold, marks once and in time. */
function historyFaults(story: SimStory, id: string, events: readonly IncidentEvent[]): string[] {
  const faults: string[] = [];
  const marks = new Set<string>();
  let state: Incident | undefined;
  for (const [n, event] of events.entries()) {
    const where = `${id} v${event.version} ${event.type}`;
    const holder = state?.custodian ?? 'intake';
    if (event.version !== n + 1) faults.push(`${where}: version ${n + 1} was expected`);
    if (stageOf(event.type) !== holder) faults.push(`${where}: written while ${holder} held it`);
    if (event.custodian !== custodianAfter(event.type)) faults.push(`${where}: wrong custodian`);
    // An import lives on the time it tells of.
    const at = state?.imported === true ? event.occurredAt : event.recordedAt;
    const beforeMs = state === undefined ? 0 : fromIso(state.recordedAt);
    const { dossier, ...data } = event.data as { dossier?: Incident };
    state = evolve(state, { ...event, data } as IncidentEvent, at);
    if (fromIso(state.recordedAt) < beforeMs) faults.push(`${where}: time ran back`);
    if (!statuses.includes(state.status)) faults.push(`${where}: status ${state.status}`);
    if (isHandOver(event.type) && !isDeepStrictEqual(asJson(dossier), asJson(state))) {
      faults.push(`${where}: the dossier is not the fold`);
    }
    faults.push(...markFaults(event, at, marks).map((fault) => `${where}: ${fault}`));
  }
  if (state !== undefined)
    faults.push(...restFaults(story, state).map((fault) => `${id}: ${fault}`));
  return faults;
}

function markFaults(event: IncidentEvent, at: string, marks: Set<string>): string[] {
  if (!event.type.endsWith('.clock-overdue')) return [];
  const { clock, clocks, dueAt } = event.data as {
    readonly clock: keyof Incident['clocks'];
    readonly clocks: Incident['clocks'];
    readonly dueAt: string;
  };
  const mark = `${clock} epoch ${clocks[clock]?.epoch}`;
  const faults = marks.has(mark) ? [`${mark} is marked twice`] : [];
  if (fromIso(at) < fromIso(dueAt)) faults.push(`${mark} is marked before it is due`);
  marks.add(mark);
  return faults;
}

/** At rest: taken by its holder, settled, in no passing state; its row says what its history says. */
function restFaults({ world }: SimStory, state: Incident): string[] {
  const faults: string[] = [];
  for (const stage of stages) {
    const row = world.stores[stage].rows.get(state.id);
    if (stage !== state.custodian) {
      if (row?.status !== undefined) faults.push(`${stage} still holds it`);
      if ((row?.version ?? 0) > state.version) faults.push(`${stage} knows what never happened`);
      continue;
    }
    if (row?.version !== state.version) {
      faults.push(`stuck on its way to ${stage}: v${row?.version} of v${state.version}`);
    }
    if (row?.status !== state.status)
      faults.push(`${stage} has ${row?.status}, not ${state.status}`);
    if (row?.nextDueAt !== undefined && fromIso(row.nextDueAt) <= world.nowMs) {
      faults.push(`overdue since ${row.nextDueAt} and nobody noticed`);
    }
  }
  if (state.status === 'merging') faults.push('a merge that never ends');
  if (state.imported === true) return faults; // its marks come with what is told of it next
  for (const [kind, clock] of Object.entries(state.clocks)) {
    const runs = clock.stoppedAt === undefined && clock.pausedAt === undefined;
    if (runs && clock.redAt === undefined && fromIso(clock.dueAt) <= world.nowMs) {
      faults.push(`the clock ${kind} was never marked`);
    }
  }
  return faults;
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

/** A merged incident was absorbed exactly once by the one it went into. */
function mergeFaults({ world }: SimStory): string[] {
  const events = [...world.history.values()].flat();
  const absorbed = new Map<string, number>();
  for (const event of events) {
    if (!event.type.endsWith('.absorbed')) continue;
    const { incidentId } = event.data as { readonly incidentId: string };
    absorbed.set(incidentId, (absorbed.get(incidentId) ?? 0) + 1);
  }
  const merged = new Set(events.filter((e) => e.type === 'intake.merged').map((e) => e.incidentId));
  return [...new Set([...absorbed.keys(), ...merged])]
    .filter((id) => (absorbed.get(id) ?? 0) !== (merged.has(id) ? 1 : 0))
    .map((id) => `${id}: absorbed ${absorbed.get(id) ?? 0} times, merged: ${merged.has(id)}`);
}
