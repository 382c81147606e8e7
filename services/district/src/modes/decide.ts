import type { Subject } from '@cityloop/contracts';
import { partyOf, refuseOtherGround } from '@cityloop/incident';
import { fromIso, RuleViolation, toIso } from '@cityloop/kernel';
import {
  type Outcome,
  openOne,
  type Proposal,
  record,
  refuseOverlap,
  refuseTimes,
  type Situation,
} from './proposal.ts';

export const decisions = ['approve', 'refuse', 'withdraw', 'end'] as const;
export type Decision = (typeof decisions)[number];

/** A decision somebody takes on a proposal, or on what it has become. */
export type Decided = {
  readonly id: string;
  readonly decision: Decision;
  readonly subject: Subject;
  readonly reason?: string | undefined;
};

/**
 * What a decision leads to. Refused with `MODE_NOT_FOUND`, `OWN_PROPOSAL` (two people), `MODE_STATUS`,
 * `NOT_YOUR_PROPOSAL`, `MODE_TIME`, `MODE_OVERLAPS`, or as not of the decider's office or ground.
 */
export function decide(given: Decided, situation: Situation): Outcome {
  const proposal = openOne(given.id, situation);
  switch (given.decision) {
    case 'approve':
      return approve(proposal, given, situation);
    case 'refuse':
      return refuse(proposal, given, situation);
    case 'withdraw':
      return withdraw(proposal, given, situation);
    default:
      return end(proposal, given, situation);
  }
}

function approve(proposal: Proposal, { subject, reason }: Decided, situation: Situation): Outcome {
  const { pack, nowMs } = situation;
  const role = partyOf(proposal.mode, 'approve', subject, pack);
  refuseOtherGround(proposal.areas, subject, pack);
  refuseOwn(proposal, subject);
  refuseStatus(proposal, ['proposed']);
  const approved = { ...proposal, approvedBy: subject.id, approvedAt: toIso(nowMs) };
  const said = record(proposal, 'approved', subject.id, role, nowMs, reason);
  if (proposal.extends !== undefined) return extend(approved, said, situation);
  refuseTimes(proposal, undefined, nowMs);
  refuseOverlap(proposal, situation);
  const waits = proposal.from !== undefined && fromIso(proposal.from) > nowMs;
  if (waits) return { changed: [{ ...approved, status: 'scheduled' }], records: [said] };
  const begun = begin(approved, nowMs);
  return { ...begun, records: [said, ...begun.records] };
}

/** It goes on as the very activation it was, so that nobody's clock moves twice. */
function extend(
  approved: Proposal,
  said: Outcome['records'][number],
  situation: Situation,
): Outcome {
  const { nowMs, open } = situation;
  const target = open.find(({ id, status }) => id === approved.extends && status === 'active');
  if (target === undefined) {
    throw new RuleViolation('MODE_NOT_ACTIVE', '要延长的模式已结束 / it is no longer active', {
      id: approved.extends,
    });
  }
  refuseTimes(approved, target, nowMs);
  const { by, role, reason } = said;
  return {
    changed: [
      { ...target, until: approved.until },
      { ...approved, status: 'done' },
    ],
    records: [said, record(target, 'extended', by, role, nowMs, reason)],
    effectiveFrom: toIso(nowMs),
  };
}

function refuse(proposal: Proposal, { subject, reason }: Decided, situation: Situation): Outcome {
  const { pack, nowMs } = situation;
  const role = partyOf(proposal.mode, 'approve', subject, pack);
  refuseOtherGround(proposal.areas, subject, pack);
  refuseOwn(proposal, subject);
  refuseStatus(proposal, ['proposed']);
  return {
    changed: [{ ...proposal, status: 'refused' }],
    records: [record(proposal, 'refused', subject.id, role, nowMs, reason)],
  };
}

function withdraw(proposal: Proposal, { subject, reason }: Decided, { nowMs }: Situation): Outcome {
  if (proposal.proposedBy !== subject.id) {
    throw new RuleViolation(
      'NOT_YOUR_PROPOSAL',
      '只有提出人能撤回 / only the proposer withdraws it',
    );
  }
  refuseStatus(proposal, ['proposed', 'scheduled']);
  const role = proposal.mode.propose.roles.find((one) => subject.roles.includes(one)) ?? 'system';
  return {
    changed: [{ ...proposal, status: 'withdrawn' }],
    records: [record(proposal, 'withdrawn', subject.id, role, nowMs, reason)],
  };
}

/** One person is enough to go back to ordinary times. */
function end(proposal: Proposal, { subject, reason }: Decided, situation: Situation): Outcome {
  const { pack, nowMs } = situation;
  const role = partyOf(proposal.mode, 'approve', subject, pack);
  refuseOtherGround(proposal.areas, subject, pack);
  refuseStatus(proposal, ['active']);
  return {
    changed: [{ ...proposal, status: 'ended', until: toIso(nowMs) }],
    records: [record(proposal, 'ended', subject.id, role, nowMs, reason)],
    effectiveFrom: toIso(nowMs),
  };
}

/** What has come due by itself; undefined when nothing has. One that could not begin in its time lapses. */
export function comeDue(proposal: Proposal, nowMs: number): Outcome | undefined {
  const over = fromIso(proposal.until) <= nowMs;
  if (proposal.status === 'active') {
    if (!over) return undefined;
    return {
      changed: [{ ...proposal, status: 'expired' }],
      records: [record(proposal, 'expired', 'system', 'system', fromIso(proposal.until))],
      effectiveFrom: proposal.until,
    };
  }
  if (over) {
    return {
      changed: [{ ...proposal, status: 'lapsed' }],
      records: [record(proposal, 'lapsed', 'system', 'system', nowMs)],
    };
  }
  const { from, status } = proposal;
  if (status !== 'scheduled' || from === undefined || fromIso(from) > nowMs) return undefined;
  return begin(proposal, nowMs);
}

/**
 * It counts from this decision on, never from before it. It is published right after, or, when the log is away,
 * a moment later with the same `from`.
 */
function begin(proposal: Proposal, nowMs: number): Outcome {
  const from = toIso(nowMs);
  return {
    changed: [{ ...proposal, status: 'active', from }],
    records: [record(proposal, 'began', 'system', 'system', nowMs)],
    effectiveFrom: from,
  };
}

/** When something happens to it by itself, ISO 8601. */
export function nextAt({ status, from, until }: Proposal): string | undefined {
  if (status === 'scheduled') return from ?? until;
  return status === 'proposed' || status === 'active' ? until : undefined;
}

function refuseOwn({ proposedBy }: Proposal, { id }: Subject): void {
  if (proposedBy !== id) return;
  throw new RuleViolation('OWN_PROPOSAL', '提出人不能自己批准 / the proposer never decides on it');
}

function refuseStatus({ status }: Proposal, wanted: readonly Proposal['status'][]): void {
  if (wanted.includes(status)) return;
  throw new RuleViolation('MODE_STATUS', '该提议现在的状态不允许此操作 / not in this state', {
    status,
    wanted,
  });
}
