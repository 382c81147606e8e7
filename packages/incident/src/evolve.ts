import {
  custodianAfter,
  type EventType,
  type Incident,
  type IncidentEvent,
  type NewEvent,
} from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';
import { evolveDispatch } from './evolve-dispatch.ts';
import { evolveEverywhere } from './evolve-everywhere.ts';
import { evolveHandling } from './evolve-handling.ts';
import { evolveIntake } from './evolve-intake.ts';
import { evolveRequests, voidsRequests } from './evolve-requests.ts';
import { evolveVerification } from './evolve-verification.ts';
import type { At, Change } from './fact.ts';
import { turnsAfter } from './turns.ts';

/** How many recent command keys travel in the dossier. */
const KEPT_KEYS = 16;
/**
 * What any holder may record. Only the keys of these travel: the repeat of any other command comes to the
 * very service that did it the first time, which has the key in its own table.
 */
const anybodys: ReadonlySet<string> = new Set([
  'noted',
  'supplemented',
  'amended',
  'urged',
  'supervised',
  'supervision-replied',
  'supervision-withdrawn',
  'absorbed',
  'released',
  'application-withdrawn',
  'pause-revoked',
  'demand-withdrawn',
  'withdrawn',
  'went-live',
]);

const marks: ReadonlySet<string> = new Set([
  'clock-warned',
  'clock-overdue',
  'replanned',
  'evaluated',
  'went-live',
]);

/** Whether the dossier, after so many commands more, may no longer have the key of an earlier one. */
export function mayLackKeys({ keys }: Pick<Incident, 'keys'>, more: number): boolean {
  return keys.length + more > KEPT_KEYS;
}

/** Whether an event is a mark of the loop's own, which leaves everybody's `If-Match` fresh. */
export function isMark(type: EventType): boolean {
  return marks.has(factOf(type));
}

function factOf(type: EventType): string {
  return type.slice(type.indexOf('.') + 1);
}

function change(state: Incident, event: NewEvent, at: At): Change {
  const dot = event.type.indexOf('.');
  const name = event.type.slice(dot + 1);
  const common = evolveEverywhere(state, name, event, at) ?? evolveRequests(state, name, event);
  if (common !== undefined) return common;
  switch (event.type.slice(0, dot)) {
    case 'intake':
      return evolveIntake(state, event, at);
    case 'dispatch':
      return evolveDispatch(state, event, at);
    case 'handling':
      return evolveHandling(state, event, at);
    default:
      return evolveVerification(state, event, at);
  }
}

/**
 * The incident after one more fact: the one fold that services, readers and the offline checker share.
 * Pure; a hand-over's dossier is not looked at, so that it can be compared with this result.
 */
export function evolve(state: Incident | undefined, event: NewEvent, at: At): Incident {
  if (event.type === 'intake.reported') return event.data.incident;
  if (state === undefined) throw new RangeError(`${event.type} has no incident before it`);
  const data = event.data;
  const version = state.version + 1;
  const next: Incident = {
    ...state,
    ...change(state, event, at),
    version,
    actVersion: isMark(event.type) ? state.actVersion : version,
    custodian: custodianAfter(event.type),
    recordedAt: state.imported === true ? later(state.recordedAt, at) : at,
  };
  if (state.requests.length > 0 && voidsRequests(factOf(event.type))) put(next, 'requests', []);
  if (data.clocks !== undefined) put(next, 'clocks', { ...state.clocks, ...data.clocks });
  if (data.pauses !== undefined) put(next, 'pauses', data.pauses);
  if (data.evidence !== undefined) put(next, 'evidence', [...state.evidence, ...data.evidence]);
  if (data.key !== undefined && anybodys.has(factOf(event.type))) {
    put(next, 'keys', [...state.keys, { key: data.key, version }].slice(-KEPT_KEYS));
  }
  if (state.turns !== undefined) put(next, 'turns', turnsAfter(state.turns, event, next, at));
  return next;
}

// A mark tells of its due instant, which may lie before what an import told last.
function later(a: At, b: At): At {
  return fromIso(b) < fromIso(a) ? a : b;
}

// The object was made a few lines above and nobody else has it yet.
function put<K extends keyof Incident>(fresh: Incident, key: K, value: Incident[K]): void {
  (fresh as { -readonly [Key in keyof Incident]: Incident[Key] })[key] = value;
}

/**
 * The state after a recorded event, for whoever starts in the middle: a hand-over brings the whole
 * state with it, any other event needs the one before.
 */
export function fold(state: Incident | undefined, event: IncidentEvent): Incident {
  const dossier = (event.data as { readonly dossier?: Incident }).dossier;
  // What an import brought lives on the time it tells of.
  const at = state?.imported === true ? event.occurredAt : event.recordedAt;
  return dossier ?? evolve(state, event, at);
}
