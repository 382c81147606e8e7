import {
  createOracle,
  type Disagreement,
  type Tally,
  type ToldEvent,
} from '@cityloop/clock-oracle';
import {
  commandBodies,
  type IncidentCommand,
  ownerOf,
  ReportBody,
  type Stage,
  type Verb,
} from '@cityloop/contracts';
import { isEnded } from '@cityloop/incident';
import { report } from '@cityloop/intake/report';
import { toIso, uuidv7 } from '@cityloop/kernel';
import { places } from '../pack.ts';
import { people } from '../people.ts';
import { createRandom, type Random } from '../random.ts';
import { District } from './district.ts';
import { byDay, isRainy, reportingMs, takesMs } from './rhythm.ts';
import { categories, inTheField, meanMinutes, wishFor } from './wishes.ts';
import { MONTH, published } from './year.ts';

/** Incidents played together: enough to be merged into each other, few enough to be kept in memory. */
const SLICE = 2_000;
/** How often somebody who was refused tries something else before they let it be. */
const TRIES = 4;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So long after the month alarms still ring, until the last deadline has passed. */
const AFTERWARDS_MS = 45 * DAY_MS;

export type MonthOptions = {
  readonly seed: number;
  readonly incidents: number;
  /** Given every history once it is whole, and the instant at which the virtual clock stands then. */
  readonly onHistory?: (events: readonly ToldEvent[], endMs: number) => void;
  /** Told how many incidents have been played and judged. */
  readonly onSlice?: (played: number) => void;
};

/** What a month has come to. */
export type Month = {
  readonly tally: Readonly<Tally>;
  readonly disagreements: readonly Disagreement[];
  /** How many there are; `disagreements` has the first of them. */
  readonly disagreed: number;
  readonly bugs: readonly string[];
  /** Of each kind of event how many, and of each refusal. */
  readonly types: ReadonlyMap<string, number>;
  readonly refusals: ReadonlyMap<string, number>;
  readonly days: number;
};

const KEPT = 50;

/**
 * Plays a month of a district on a virtual clock and holds every incident's history against the oracle.
 * Incidents touch each other by merging only, so they are played in slices of some thousands, each
 * over the whole month under the same policies, rain and outage: memory stays that of one slice. The
 * same seed plays the same month.
 */
export async function playMonth(options: MonthOptions): Promise<Month> {
  const { seed, incidents } = options;
  const oracle = createOracle(published);
  const types = new Map<string, number>();
  const refusals = new Map<string, number>();
  const bugs: string[] = [];
  const disagreements: Disagreement[] = [];
  let disagreed = 0;
  for (let first = 0; first < incidents; first += SLICE) {
    const slice = new Slice(seed, first, Math.min(SLICE, incidents - first));
    const { district } = slice;
    await slice.play();
    for (const bodies of district.bodies.values()) {
      const events = bodies.map(toldOf);
      for (const { type } of events) add(types, type, 1);
      options.onHistory?.(events, district.nowMs);
      const found = oracle.judge(events, district.nowMs);
      disagreed += found.length;
      disagreements.push(...found.slice(0, KEPT - disagreements.length));
    }
    for (const [code, n] of district.refusals) add(refusals, code, n);
    bugs.push(...district.bugs);
    options.onSlice?.(Math.min(first + SLICE, incidents));
  }
  const days = (MONTH.toMs - MONTH.fromMs) / DAY_MS;
  return { tally: oracle.tally, disagreements, disagreed, bugs, types, refusals, days };
}

const add = (counts: Map<string, number>, name: string, n: number): void =>
  void counts.set(name, (counts.get(name) ?? 0) + n);

/** An event as its words on the wire tell it, read by nobody's schema. */
function toldOf(body: string): ToldEvent {
  const wire = JSON.parse(body) as Readonly<Record<string, string>>;
  return {
    incidentId: wire['subject'] ?? '',
    version: Number(wire['sequence']),
    type: (wire['type'] ?? '').replace(/^cn\.cityloop\.|\.v1$/g, ''),
    occurredAt: wire['time'] ?? '',
    recordedAt: wire['recordedat'] ?? '',
    data: wire['data'] as unknown as object,
  };
}

/** Some of the month's incidents, and the people who work on them. */
class Slice {
  readonly district = new District(published);
  readonly #randoms = new Map<string, Random>();
  readonly #planned = new Set<string>();
  readonly #refused = new Map<string, number>();
  readonly #recent: string[] = [];

  constructor(seed: number, first: number, count: number) {
    for (let n = first; n < first + count; n++) {
      const random = createRandom(seed * 1_000_003 + n);
      this.district.at(reportingMs(random), () => this.#report(random, n));
    }
  }

  async play(): Promise<void> {
    const changed = (ids: Iterable<string>): void => {
      for (const id of ids) this.#planNext(id);
    };
    await this.district.play(MONTH.toMs + AFTERWARDS_MS, changed);
  }

  #report(random: Random, n: number): void {
    const { nowMs } = this.district;
    const id = uuidv7(nowMs);
    this.#randoms.set(id, random);
    const { subject, body } = newReport(random, nowMs);
    const prepared = { id, number: `M${n}`, imported: false, description: body.description };
    this.district.bear({
      incidentId: id,
      subject,
      body,
      decide: (ctx) => report(body, prepared, ctx),
    });
    this.#recent.push(id);
    if (this.#recent.length > 20) this.#recent.shift();
  }

  /** Somebody will do something about it, unless they are about to already or there is nothing to do. */
  #planNext(id: string): void {
    const state = this.district.states.get(id);
    const random = this.#randoms.get(id);
    if (state === undefined || random === undefined || this.#planned.has(id)) return;
    const mean = meanMinutes[state.status];
    if (mean === undefined) return;
    const atMs = this.district.nowMs + takesMs(random, mean);
    if (atMs > MONTH.toMs) return;
    this.#planned.add(id);
    this.district.at(inTheField.has(state.status) ? byDay(atMs) : atMs, () => {
      this.#planned.delete(id);
      this.#act(id, random);
    });
  }

  #act(id: string, random: Random): void {
    const state = this.district.states.get(id);
    if (state === undefined) return;
    const { nowMs } = this.district;
    const others = this.#recent.filter((other) => other !== id && this.#isOpen(other));
    const wish = wishFor(state, { random, nowMs, others });
    if (wish === undefined) {
      if (!isEnded(state) && meanMinutes[state.status] !== undefined) this.#tryAgain(id);
      return;
    }
    const { command, subject } = wish;
    const stage = stageOf(command) ?? state.custodian;
    this.district.command({ incidentId: id, command, subject }, stage, () => this.#tryAgain(id));
  }

  #isOpen(id: string): boolean {
    const state = this.district.states.get(id);
    return state !== undefined && !isEnded(state) && state.status !== 'merging';
  }

  #tryAgain(id: string): void {
    const tries = (this.#refused.get(id) ?? 0) + 1;
    this.#refused.set(id, tries);
    if (tries <= TRIES) this.#planNext(id);
  }
}

/** The service a verb belongs to; nobody wishes for what services ask of each other. */
const stageOf = ({ verb }: IncidentCommand): Stage | undefined =>
  verb in commandBodies ? ownerOf(verb as Verb) : undefined;

function newReport(random: Random, nowMs: number) {
  const rainy = isRainy(nowMs);
  const categoryCode = rainy && random.chance(0.4) ? 'C01-02' : random.pick(categories);
  const channel = random.pick(['hotline-12345', 'grid-worker', 'sensor', 'citizen-app'] as const);
  const upstream = channel === 'hotline-12345' && random.chance(0.4);
  const dueMs = nowMs + (1 + random.int(5 * 24)) * HOUR_MS;
  const body = ReportBody.parse({
    channel,
    description: rainy ? '雨天积水，井盖移位' : '道路设施破损',
    location: random.pick([places.west, places.east, places.grid, places.boundary]),
    ...(random.chance(0.8) ? { categoryCode } : {}),
    ...(upstream ? { upstreamDueAt: toIso(dueMs) } : {}),
    ...(random.chance(0.4) ? { reporter: { wantsReply: true } } : {}),
    ...(random.chance(0.03) ? { urgency: 'urgent' } : {}),
  });
  return {
    subject: random.pick([people.clerk, people.seat, people.citizen, people.westGrid]),
    body,
  };
}
