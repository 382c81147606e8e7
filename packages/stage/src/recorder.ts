import {
  custodianAfter,
  encodeEvent,
  type HandOverEvent,
  type Incident,
  type IncidentEvent,
  isHandOver,
  type NewEvent,
  type Stage,
} from '@cityloop/contracts';
import { dueOf, evolve, fold, isGoingLive, isMark } from '@cityloop/incident';
import { fromIso, RuleViolation, toIso, uuidv7 } from '@cityloop/kernel';
import { rowOf } from './rows.ts';
import type { StageRules } from './rules.ts';
import type { AskWrite, RowWrite } from './store.ts';
import type { Answer, Whereabouts } from './work.ts';

/** A dossier larger than this is refused: it travels with every hand-over. Characters. */
const DOSSIER_MAX = 64 * 1024;
/** What an incident may grow to before it takes no more, characters; the rest is for the hand-over. */
const GROWTH_MAX = 48 * 1024;
/** So few items cannot fill a dossier, however long their words. */
const FEW_ITEMS = 20;

/** One incident of a batch: what its row was, and what it has become. */
export type Slot = {
  /** See `RowWrite.base`. */
  readonly base: number;
  /** Present while this service holds it. */
  incident: Incident | undefined;
  /** As it was when custody passed on within this batch. */
  left?: Incident | undefined;
  since: number;
  version: number;
  custodian: Stage;
  dirty: boolean;
};

type Stamps = {
  readonly key?: string | undefined;
  readonly occurredAt?: string | undefined;
  readonly traceparent?: string | undefined;
};

/** Collects what a batch records: events, their encoded bodies, asks, and the rows at the end. */
export class Recorder {
  readonly slots = new Map<string, Slot>();
  readonly events: IncidentEvent[] = [];
  readonly bodies: string[] = [];
  readonly states: Incident[] = [];
  readonly asks: AskWrite[] = [];
  readonly taken: HandOverEvent[] = [];
  readonly #rules: StageRules;
  readonly #nowMs: number;

  constructor(rules: StageRules, nowMs: number) {
    this.#rules = rules;
    this.#nowMs = nowMs;
  }

  /** Enters what is known of an incident before the batch. */
  open(id: string, known: Whereabouts): void {
    this.slots.set(id, {
      base: known.version,
      incident: known.incident,
      since: known.since,
      version: known.version,
      custodian: known.custodian,
      dirty: false,
    });
  }

  /** Takes a hand-over; undefined when what is here is as new (the hand-over is dropped). */
  take(event: HandOverEvent): Slot | undefined {
    const known = this.slots.get(event.incidentId);
    if (known !== undefined && known.version >= event.version) return undefined;
    const slot: Slot = {
      base: known?.base ?? -event.version,
      incident: event.data.dossier,
      since: event.version,
      version: event.version,
      custodian: event.custodian,
      dirty: true,
    };
    this.slots.set(event.incidentId, slot);
    this.taken.push(event);
    return slot;
  }

  /**
   * Takes back an event this service has recorded and lost: its database was restored from a backup that
   * is older. Undefined when it is known already and dropped.
   *
   * @throws RangeError when the event before it is not known here
   */
  recall(event: IncidentEvent, body: string): Slot | undefined {
    const id = event.incidentId;
    const known = this.slots.get(id);
    if ((known?.version ?? 0) >= event.version) return undefined;
    const slot = known ?? this.bear(id);
    if (slot.version !== event.version - 1) {
      throw new RuleViolation(
        'EVENT_GAP',
        `event ${event.version} of ${id} follows on ${slot.version}`,
      );
    }
    this.#keep(slot, event, body, fold(slot.incident, event));
    return slot;
  }

  /** Opens a slot for an incident that is being born. */
  bear(id: string): Slot {
    const slot: Slot = {
      base: 0,
      incident: undefined,
      since: 1,
      version: 0,
      custodian: this.#rules.stage,
      dirty: false,
    };
    this.slots.set(id, slot);
    return slot;
  }

  /**
   * Records facts on an incident in order, all or none; after one that passes custody nothing may
   * follow.
   */
  record(id: string, slot: Slot, facts: readonly NewEvent[], stamps: Stamps): void {
    // The key stands for what was asked, which going live may only come before.
    const keyed = facts.length > 1 && facts[0] !== undefined && isGoingLive(facts[0]) ? 1 : 0;
    const { key } = stamps;
    this.allOrNone(slot, () => {
      for (const [n, fact] of facts.entries()) {
        const bears = key !== undefined && n === keyed;
        this.#one(id, slot, bears ? withKey(fact, key) : fact, stamps);
      }
    });
  }

  /** Runs what records on one incident; when it throws, nothing of it has been recorded. */
  allOrNone(slot: Slot, work: () => void): void {
    const before = { ...slot };
    const { length } = this.events;
    const asked = this.asks.length;
    try {
      work();
    } catch (error) {
      this.events.length = length;
      this.bodies.length = length;
      this.states.length = length;
      this.asks.length = asked;
      Object.assign(slot, { left: undefined }, before);
      throw error;
    }
  }

  #one(id: string, slot: Slot, fact: NewEvent, stamps: Stamps): void {
    const before = slot.incident;
    if (before === undefined && fact.type !== 'intake.reported') {
      throw new RangeError(`${fact.type} after custody has passed`);
    }
    const recordedAt = recordedFor(fact, before, this.#nowMs);
    const born = fact.type === 'intake.reported' ? fact.data.incident : undefined;
    const imported = (before ?? born)?.imported === true;
    // What is done of itself with an imported incident is done at once, on the incident's own time.
    const untold = imported ? (before ?? born)?.recordedAt : undefined;
    const occurredAt = fact.occurredAt ?? stamps.occurredAt ?? untold ?? recordedAt;
    const after = evolve(before, fact, imported ? occurredAt : recordedAt);
    const event = {
      id: uuidv7(this.#nowMs),
      incidentId: id,
      version: after.version,
      custodian: custodianAfter(fact.type),
      occurredAt,
      recordedAt,
      ...(stamps.traceparent === undefined ? {} : { traceparent: stamps.traceparent }),
      type: fact.type,
      data: isHandOver(fact.type) ? { ...fact.data, dossier: after } : fact.data,
    } as IncidentEvent; // a stamp and a fact make a recorded event; the dossier is its only addition
    const body = encodeEvent(event);
    if (body.length > DOSSIER_MAX) tooLarge(body.length);
    refuseOvergrown(fact, after);
    this.#keep(slot, event, body, after);
  }

  #keep(slot: Slot, event: IncidentEvent, body: string, after: Incident): void {
    this.events.push(event);
    this.bodies.push(body);
    this.states.push(after);
    this.#ask(event, after);
    if (after.custodian === this.#rules.stage) slot.incident = after;
    else {
      slot.incident = undefined;
      slot.left = after;
    }
    slot.version = after.version;
    slot.custodian = after.custodian;
    slot.dirty = true;
  }

  /** The key comes of the event: should that be taken back some day, nothing is asked for twice. */
  #ask(event: IncidentEvent, after: Incident): void {
    for (const [n, ask] of (this.#rules.asks?.(event, after) ?? []).entries()) {
      this.asks.push({
        id: uuidv7(this.#nowMs),
        incidentId: ask.incidentId,
        verb: ask.verb,
        body: JSON.stringify(ask.body),
        key: `ask-${event.id}-${n}`,
        about: event.incidentId,
      });
    }
  }

  /** The rows the batch leaves behind. */
  rows(): RowWrite[] {
    const rows: RowWrite[] = [];
    for (const [incidentId, slot] of this.slots) {
      if (slot.dirty) rows.push(rowOf(incidentId, slot, this.#rules));
    }
    return rows;
  }
}

/** Never before the fact it follows; but what an import tells has nothing to do with our clocks. */
function recordedFor(fact: NewEvent, before: Incident | undefined, nowMs: number): string {
  if (before === undefined) return toIso(nowMs);
  const told = before.imported === true && !isGoingLive(fact);
  return toIso(told ? nowMs : Math.max(nowMs, fromIso(before.recordedAt)));
}

function withKey(fact: NewEvent, key: string): NewEvent {
  if (fact.type !== 'intake.reported') {
    return { ...fact, data: { ...fact.data, key } } as NewEvent; // `key` is a member of every fact
  }
  const incident = { ...fact.data.incident, keys: [{ key, version: 1 }] };
  return { ...fact, data: { ...fact.data, key, incident } };
}

/**
 * An incident must always be able to move: what would leave its dossier no room for a hand-over is
 * refused when it is added, not when somebody wants to hand it over.
 */
function refuseOvergrown(fact: NewEvent, after: Incident): void {
  if (isHandOver(fact.type) || isMark(fact.type) || itemsOf(after) <= FEW_ITEMS) return;
  const size = JSON.stringify(after).length;
  if (size <= GROWTH_MAX) return;
  throw new RuleViolation(
    'INCIDENT_FULL',
    '案卷已满，请另立案件 / the dossier is full, report anew',
    {
      size,
      most: GROWTH_MAX,
    },
  );
}

function itemsOf({ demands, evidence, supervisions, checks, pauses, clocks }: Incident): number {
  const calls = demands.reduce((sum, demand) => sum + (demand.callBacks?.length ?? 0), 0);
  const listed = demands.length + evidence.length + supervisions.length + checks.length;
  return listed + calls + pauses.length + Object.keys(clocks).length;
}

function tooLarge(size: number): never {
  throw new RuleViolation('DOSSIER_TOO_LARGE', '案卷超过 64 KB / the dossier would exceed 64 KiB', {
    size,
    most: DOSSIER_MAX,
  });
}

/** What a command on this incident is answered with now. */
export function answerOf(id: string, slot: Slot, last: Incident): Answer {
  const dueAt = dueOf(last);
  return {
    id,
    number: last.number,
    version: slot.version,
    status: last.status,
    custodian: slot.custodian,
    ...(dueAt === undefined ? {} : { dueAt }),
  };
}
