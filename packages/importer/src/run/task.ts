import type { Plan } from '../mapping/map-row.ts';

/** Why a record, or the rest of its history, was not taken. */
export type Rejection = {
  readonly code: string;
  readonly reason: string;
  /** The command that was refused; absent when the record itself was. */
  readonly step?: string | undefined;
  /** The incident that is there all the same. */
  readonly incidentId?: string | undefined;
  /** It is the server that failed, not the record. */
  readonly server?: boolean | undefined;
};

/** How a record ended. */
export type Outcome = {
  readonly kind: 'taken' | 'skipped' | 'rejected';
  readonly line: number;
  /** The record as it was read, for the rejected file. */
  readonly record: unknown;
  /** Status of the incident after the last step that was taken. */
  readonly status?: string | undefined;
  /** Events in the incident's history then. */
  readonly events?: number | undefined;
  readonly repeat?: 'supplemented' | 'reopened' | undefined;
  readonly raised?: number | undefined;
  readonly rejection?: Rejection | undefined;
};

/** A record on its way. */
export type Task = {
  /** Number of the record in the file, from 1. */
  readonly n: number;
  readonly line: number;
  readonly record: unknown;
  readonly plan: Plan;
  /** 0: the report; from 1 on the steps. */
  next: number;
  incidentId: string | undefined;
  status: string | undefined;
  events: number;
  repeat: 'supplemented' | 'reopened' | undefined;
  /** Why the history broke off, while what is left of it is still to be done. */
  rejection?: Rejection | undefined;
  /** Failed attempts at the present line, and when the first one was. */
  tries: number;
  failingSinceMs: number | undefined;
};

/** The line to send next. */
export function lineOf(task: Task): string {
  const { plan, next } = task;
  const step = plan.steps[next - 1];
  if (step === undefined) return JSON.stringify({ key: plan.key, ...plan.report });
  const { key, verb, as, body } = step;
  return JSON.stringify({ key, id: task.incidentId, command: verb, as, body });
}

/** How the record stands at its end. */
export function outcomeOf(task: Task, rejection?: Rejection): Outcome {
  const { line, record, status, events, repeat, plan } = task;
  return {
    kind: rejection === undefined ? 'taken' : 'rejected',
    line,
    record,
    status,
    events,
    repeat,
    raised: plan.raised,
    rejection:
      rejection === undefined || task.incidentId === undefined
        ? rejection
        : { ...rejection, incidentId: task.incidentId },
  };
}
