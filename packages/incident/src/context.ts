import { type Actor, permissions, type Role, type Subject } from '@cityloop/contracts';
import { uuidv7 } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

/** What a rule is told besides the command and the incident. */
export type Context = {
  /** When this is being recorded, ms: what clocks count by. */
  readonly nowMs: number;
  readonly policy: Policy;
  readonly subject: Subject;
  /** In which of their roles the subject acts. */
  readonly role: Role;
  /** Ids for what an act creates (demands, requests, supervisions); ascending. */
  newId(): string;
};

/** A context for the rules; without `verb` nobody gave a command: a clock, a rule, another service. */
export function createContext(options: {
  nowMs: number;
  policy: Policy;
  subject: Subject;
  verb?: keyof typeof permissions | undefined;
}): Context {
  const { nowMs, policy, subject, verb } = options;
  return { nowMs, policy, subject, role: roleFor(subject, verb), newId: () => uuidv7(nowMs) };
}

/** The role the subject does it in: of those that may, the one whose act it is above all. */
export function roleFor({ roles }: Subject, verb: keyof typeof permissions | undefined): Role {
  const allowed = verb === undefined ? [] : permissions[verb];
  return allowed.find((role) => roles.includes(role)) ?? roles[0] ?? 'citizen';
}

/** The subject as an event keeps it, acting in `role` (their first role when none is named). */
export function actorOf(subject: Subject, role: Role = roleFor(subject, undefined)): Actor {
  return {
    id: subject.id,
    role,
    ...(subject.post === undefined ? {} : { post: subject.post }),
    ...(subject.shift === undefined ? {} : { shift: subject.shift }),
    ...(subject.centreId === undefined ? {} : { centreId: subject.centreId }),
    ...(subject.unitId === undefined ? {} : { unitId: subject.unitId }),
    ...(subject.employer === undefined ? {} : { employer: subject.employer }),
  };
}
