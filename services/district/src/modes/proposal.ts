import { limitMs } from '@cityloop/calendar';
import type {
  DistrictPack,
  ModeActivation,
  ModeProposalBody,
  ModeRecord,
  ModeStatus,
  PackMode,
  Subject,
} from '@cityloop/contracts';
import { partyOf, refuseOtherGround } from '@cityloop/incident';
import { fromIso, InvalidInput, NotFound, RuleViolation, toIso } from '@cityloop/kernel';

/** A proposal of a mode, as it stands. Times are ISO 8601, UTC. */
export type Proposal = {
  readonly id: string;
  readonly status: ModeStatus;
  /** As it was when it was proposed: what is approved is what was read. */
  readonly mode: PackMode;
  readonly areas: readonly string[];
  readonly reason: string;
  readonly proposedBy: string;
  readonly proposedAt: string;
  /** When it is to begin; once it has, when it did. At once with the approval when absent. */
  readonly from?: string | undefined;
  /** When it ends, or did. */
  readonly until: string;
  readonly extends?: string | undefined;
  readonly approvedBy?: string | undefined;
  readonly approvedAt?: string | undefined;
  /** The policy revision by which it began. */
  readonly revision?: number | undefined;
};

/** What happens to proposals: how they stand afterwards, and what is written down. */
export type Outcome = {
  readonly changed: readonly Proposal[];
  readonly records: readonly (Omit<ModeRecord, 'revision'> & { readonly proposal: string })[];
  /** Whether the policy says something else from now on, and from when. */
  readonly effectiveFrom?: string | undefined;
};

/** What decisions are made on. */
export type Situation = {
  readonly pack: DistrictPack;
  /** All that are not over yet. */
  readonly open: readonly Proposal[];
  readonly nowMs: number;
};

/** A day is as long as it is: such limits run on wall time. */
const DAY_MS = 86_400_000;

/**
 * A new proposal. Refused with `MODE_UNKNOWN`, `MODE_SCOPE`, `AREA_UNKNOWN`, `MODE_TIME`, `MODE_TOO_LONG`,
 * `MODE_OVERLAPS`, `MODE_NOT_ACTIVE` (to extend), or as not of the proposer's office or ground.
 */
export function propose(
  id: string,
  body: ModeProposalBody,
  subject: Subject,
  situation: Situation,
): Outcome {
  const { pack, nowMs } = situation;
  const mode = pack.modes.find((one) => one.id === body.modeId);
  if (mode === undefined) {
    throw new InvalidInput('MODE_UNKNOWN', '没有这个模式，见 GET /api/v1/modes / no such mode', {
      modeId: body.modeId,
    });
  }
  const role = partyOf(mode, 'propose', subject, pack);
  const target = extended(body, situation);
  const areas = target?.areas ?? scopeOf(mode, body.areas, pack);
  refuseOtherGround(areas, subject, pack);
  const proposal: Proposal = {
    id,
    status: 'proposed',
    mode: target?.mode ?? mode,
    areas,
    reason: body.reason,
    proposedBy: subject.id,
    proposedAt: toIso(nowMs),
    ...(body.from === undefined || target !== undefined ? {} : { from: toIso(fromIso(body.from)) }),
    until: toIso(fromIso(body.until)),
    ...(body.extends === undefined ? {} : { extends: body.extends }),
  };
  refuseTimes(proposal, target, nowMs);
  if (target === undefined) refuseOverlap(proposal, situation);
  return {
    changed: [proposal],
    records: [record(proposal, 'proposed', subject.id, role, nowMs, body.reason)],
  };
}

function extended(
  { extends: id, modeId }: ModeProposalBody,
  { open }: Situation,
): Proposal | undefined {
  if (id === undefined) return undefined;
  const target = open.find((one) => one.id === id && one.status === 'active');
  if (target !== undefined && target.mode.id === modeId) return target;
  throw new RuleViolation('MODE_NOT_ACTIVE', '要延长的模式未在执行 / it is not active', { id });
}

function scopeOf(mode: PackMode, areas: readonly string[], pack: DistrictPack): readonly string[] {
  if ((mode.scope === 'district') !== (areas.length === 0)) {
    throw new InvalidInput(
      'MODE_SCOPE',
      mode.scope === 'district'
        ? '该模式在全区执行，不得指定区域 / it is on in the whole district: name no areas'
        : '该模式按区域执行，请指定区域 / name the areas it is to be on in',
      { modeId: mode.id },
    );
  }
  const unknown = areas.find((code) => !pack.areas.some((area) => area.code === code));
  if (unknown === undefined) return [...new Set(areas)];
  throw new InvalidInput('AREA_UNKNOWN', '没有这个区划 / no such area', { area: unknown });
}

/** Ahead, in order, and no longer than the mode may last; an extension counts from now on. */
export function refuseTimes(
  { mode, from, until }: Proposal,
  target: Proposal | undefined,
  nowMs: number,
): void {
  const beginMs = Math.max(nowMs, from === undefined ? nowMs : fromIso(from));
  const endMs = fromIso(until);
  const leastMs = target === undefined ? beginMs : Math.max(beginMs, fromIso(target.until));
  if (endMs <= leastMs) {
    throw new RuleViolation(
      'MODE_TIME',
      '结束时间须在开始（原定结束）之后且在将来 / until lies before what it has to be after',
      { until, after: toIso(leastMs) },
    );
  }
  const longestMs = limitMs(mode.longest.limit, DAY_MS);
  if (endMs - beginMs <= longestMs) return;
  throw new RuleViolation(
    'MODE_TOO_LONG',
    `一次批准最长${mode.longest.text} / longer than one approval may last`,
    { until, notAfter: toIso(beginMs + longestMs) },
  );
}

/** One of a kind at a time: on the same ground nobody could say which of two holds. */
export function refuseOverlap(proposal: Proposal, { open, nowMs }: Situation): void {
  const fromMs = proposal.from === undefined ? nowMs : fromIso(proposal.from);
  const other = open.find(
    (one) =>
      one.id !== proposal.id &&
      (one.status === 'active' || one.status === 'scheduled') &&
      one.mode.id === proposal.mode.id &&
      fromMs < fromIso(one.until) &&
      (one.from === undefined || fromIso(one.from) < fromIso(proposal.until)) &&
      touch(one.areas, proposal.areas),
  );
  if (other === undefined) return;
  throw new RuleViolation(
    'MODE_OVERLAPS',
    '该区域同一模式已在执行或已批准，请提出延长 / it is on there already: extend it',
    { activationId: other.id, until: other.until },
  );
}

function touch(some: readonly string[], others: readonly string[]): boolean {
  if (some.length === 0 || others.length === 0) return true;
  return some.some((a) => others.some((b) => a.startsWith(b) || b.startsWith(a)));
}

export function record(
  { id }: Proposal,
  fact: ModeRecord['fact'],
  by: string,
  role: string,
  atMs: number,
  reason?: string | undefined,
): Outcome['records'][number] {
  const why = reason === undefined ? {} : { reason };
  return { proposal: id, fact, at: toIso(atMs), by, role, ...why };
}

/** The proposal of that id among those that are not over; what is over or never was is not there. */
export function openOne(id: string, { open }: Situation): Proposal {
  const found = open.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new NotFound('MODE_NOT_FOUND', '没有这一提议或已了结 / no such proposal, or it is over');
}

/** What the policy tells of one that has begun. */
export function activationOf(proposal: Proposal): ModeActivation | undefined {
  const { id, mode, areas, reason, from, until, revision } = proposal;
  const { proposedBy, approvedBy, approvedAt } = proposal;
  if (revision === undefined || from === undefined) return undefined;
  if (approvedBy === undefined || approvedAt === undefined) return undefined;
  const who = { proposedBy, approvedBy, approvedAt };
  return { id, mode, areas, reason, ...who, from, until, revision };
}
