import { Clock, ClockBook, ClockKind, ClockName, Limit, Pause } from '@cityloop/calendar';
import type { z } from 'zod';
import { ApprovalAct, Request } from '../approvals.ts';
import { CallBack, Channel, Demand, Satisfaction } from '../demand.ts';
import { EvaluationFacts, type EventType, eventData } from '../events.ts';
import {
  Against,
  Assignment,
  Assist,
  Check,
  Evidence,
  Ground,
  Incident,
  Location,
  Outcome,
  Return,
  Status,
  Supervision,
} from '../incident.ts';
import { Validity } from '../pack/reasons.ts';
import { Actor, Role } from '../people.ts';

/** The parts that are told once and referred to by name in what is published. */
export const parts: Readonly<Record<string, z.ZodType>> = {
  ...{ Actor, Role, Incident, Status, Outcome, Location, Ground, Against, Evidence },
  ...{ Demand, Channel, CallBack, Satisfaction, Assignment, Assist, Return, Supervision, Check },
  ...{ Request, ApprovalAct, Validity, EvaluationFacts },
  ...{ Clock, ClockBook, ClockKind, ClockName, Limit, Pause },
};

const factOf = (type: string): string => type.slice(type.indexOf('.') + 1);

/** `extension-requested`, `suspension-requested` … have `requested` in common. */
function commonEnd(facts: readonly string[]): string {
  const [first = [], ...others] = facts.map((fact) => fact.split('-').toReversed());
  const differs = first.findIndex((word, n) => others.some((other) => other[n] !== word));
  return (differs < 0 ? first : first.slice(0, differs)).toReversed().join('-');
}

/**
 * What the data of each event type goes by: many types share one shape, which is named after the fact
 * (`noted`), a shape of a single type after the type (`intake.filed`).
 */
export function dataNames(): ReadonlyMap<EventType, string> {
  const sharing = new Map<z.ZodType, EventType[]>();
  // The keys are the types.
  for (const [type, schema] of Object.entries(eventData) as [EventType, z.ZodType][]) {
    sharing.set(schema, [...(sharing.get(schema) ?? []), type]);
  }
  const names = new Map<EventType, string>();
  for (const types of sharing.values()) {
    const [only = ''] = types;
    const name = types.length === 1 ? only : commonEnd(types.map(factOf));
    if (name === '' || [...names.values()].includes(name)) {
      throw new RangeError(`the data of ${types.join(', ')} have no name of their own`);
    }
    for (const type of types) names.set(type, name);
  }
  return names;
}
