import type { Actor, Subject } from '@cityloop/contracts';
import { uuidv7 } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

/** What a rule is told besides the command and the incident. */
export type Context = {
  /** When this is being recorded, ms: what clocks count by. */
  readonly nowMs: number;
  readonly policy: Policy;
  readonly subject: Subject;
  /** Ids for what an act creates (demands, requests, supervisions); ascending. */
  newId(): string;
};

/** A context for rules that run without a person: by clock, by rule, at another service's request. */
export function createContext(options: {
  nowMs: number;
  policy: Policy;
  subject: Subject;
}): Context {
  return { ...options, newId: () => uuidv7(options.nowMs) };
}

/** The subject as an event keeps it, acting in `role` (their first role when none is named). */
export function actorOf(subject: Subject, role?: Actor['role']): Actor {
  return {
    id: subject.id,
    role: role ?? subject.roles[0] ?? 'citizen',
    ...(subject.post === undefined ? {} : { post: subject.post }),
    ...(subject.shift === undefined ? {} : { shift: subject.shift }),
    ...(subject.centreId === undefined ? {} : { centreId: subject.centreId }),
    ...(subject.unitId === undefined ? {} : { unitId: subject.unitId }),
    ...(subject.employer === undefined ? {} : { employer: subject.employer }),
  };
}
