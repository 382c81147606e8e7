import { z } from 'zod';
import { PackMode } from './pack/modes.ts';
import { AreaCode } from './pack/vocabulary.ts';
import { Code, Instant } from './text.ts';

/**
 * A mode (平战模式) that was approved and put in force. It holds the mode as it was approved and its own
 * end, so that whoever knows it reverts by itself at `until`, whether or not anybody says so then.
 */
export const ModeActivation = z.looseObject({
  id: z.uuid(),
  mode: PackMode,
  areas: z.array(AreaCode).readonly().meta({ description: 'None: the whole district.' }),
  reason: z.string(),
  proposedBy: Code,
  approvedBy: Code,
  approvedAt: Instant.meta({
    description: 'Where two modes set one limit the later approved wins.',
  }),
  from: Instant.meta({ description: 'In force from here on; never before it was published.' }),
  until: Instant.meta({
    description: 'In force up to here: the approved expiry, or the instant it was ended early.',
  }),
  revision: z.int().positive().meta({ description: 'The policy revision that brought it.' }),
});
export type ModeActivation = Readonly<z.infer<typeof ModeActivation>>;

/** The section of the policy that is no part of the pack: what is in force, and what ended lately. */
export const ModeActivations = z.array(ModeActivation).readonly();

/** What may be proposed: a mode of the pack, where, and how long. */
export const ModeProposalBody = z.strictObject({
  modeId: Code,
  areas: z.array(AreaCode).max(50).readonly().default([]).meta({
    description: 'Where it is in force; none: the whole district.',
  }),
  reason: z.string().trim().min(1).max(400),
  from: Instant.optional().meta({ description: 'At once with the approval unless given.' }),
  until: Instant.meta({ description: 'It ends by itself then.' }),
  extends: z.uuid().optional().meta({
    description: 'The activation that is to go on up to `until`, instead of a new one.',
  }),
});
export type ModeProposalBody = z.infer<typeof ModeProposalBody>;

/** What is previewed: as proposed, at once. */
export const ModePreviewBody = z.strictObject({
  modeId: Code,
  areas: z.array(AreaCode).max(50).readonly().default([]),
});
export type ModePreviewBody = z.infer<typeof ModePreviewBody>;

/** Running clocks that would change, of one centre and kind of clock. */
const ModePreviewLine = z.object({
  centreId: z.string(),
  clock: z.string(),
  clocks: z.int(),
  earlier: z.int(),
  later: z.int(),
  overdueAtOnce: z.int().meta({ description: 'Due already when the mode begins.' }),
});

/** What a mode would do to what is open now, if it began at `asOf`. */
export const ModePreview = z.object({
  modeId: z.string(),
  asOf: Instant,
  open: z.int().meta({ description: 'Open incidents in its scope.' }),
  examined: z.int().meta({
    description:
      'How many of them were looked at: all, unless there are too many; the newest first.',
  }),
  incidents: z.int().meta({ description: 'Of those, with at least one clock that would change.' }),
  clocks: z.int(),
  earlier: z.int(),
  later: z.int(),
  overdueAtOnce: z.int(),
  lines: z.array(ModePreviewLine).readonly(),
});
export type ModePreview = Readonly<z.infer<typeof ModePreview>>;

export const modeStatuses = [
  'proposed',
  'scheduled',
  'active',
  'ended',
  'expired',
  'withdrawn',
  'refused',
  'lapsed',
  'done',
] as const;
/**
 * proposed → scheduled (approved, begins later) → active → expired (by itself) or ended (early); or
 * withdrawn by the proposer, refused by an approver, lapsed (its time went by before it could begin), done (an
 * extension that was approved: it is part of what it extends).
 */
export const ModeStatus = z.enum(modeStatuses);
export type ModeStatus = z.infer<typeof ModeStatus>;

export const modeFacts = [
  'proposed',
  'approved',
  'refused',
  'withdrawn',
  'began',
  'extended',
  'ended',
  'expired',
  'lapsed',
] as const;

/** One line of the record of a mode: who did what, when and why. Append-only. */
export const ModeRecord = z.object({
  fact: z.enum(modeFacts),
  at: Instant,
  by: Code,
  role: z.string(),
  reason: z.string().optional(),
  revision: z.int().optional().meta({ description: 'The policy revision that says so.' }),
});
export type ModeRecord = z.infer<typeof ModeRecord>;

/** A proposal with all that became of it. */
export const ModeView = z.object({
  id: z.uuid(),
  modeId: z.string(),
  name: z.string(),
  areas: z.array(z.string()).readonly(),
  status: ModeStatus,
  reason: z.string(),
  proposedBy: Code,
  proposedAt: Instant,
  from: Instant.optional(),
  until: Instant,
  extends: z.uuid().optional(),
  approvedBy: Code.optional(),
  records: z.array(ModeRecord).readonly(),
});
export type ModeView = Readonly<z.infer<typeof ModeView>>;

/** What is on, what waits for approval or its time, what was. */
export const ModesStand = z.object({
  active: z.array(ModeView).readonly(),
  proposed: z
    .array(ModeView)
    .readonly()
    .meta({ description: 'Also what is approved and begins later.' }),
  history: z.array(ModeView).readonly().meta({ description: 'The newest first.' }),
});
export type ModesStand = Readonly<z.infer<typeof ModesStand>>;

export const ModesView = ModesStand.extend({ definitions: z.array(PackMode).readonly() });
export type ModesView = Readonly<z.infer<typeof ModesView>>;
