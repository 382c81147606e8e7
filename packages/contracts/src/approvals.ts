import { z } from 'zod';
import type { Stage } from './custody.ts';
import { Instant } from './text.ts';

/** The acts that may need somebody's agreement. */
export const approvalActs = [
  'extension',
  'suspension',
  'late-return',
  'cancel',
  'forced-close',
  'decline',
  'self-handled',
  'close',
] as const;
export const ApprovalAct = z.enum(approvalActs);
export type ApprovalAct = z.infer<typeof ApprovalAct>;

/** Where each act is done, and so where it is applied for and decided on. */
export const stageOfAct = {
  extension: 'handling',
  suspension: 'handling',
  'late-return': 'handling',
  cancel: 'dispatch',
  'forced-close': 'verification',
  decline: 'intake',
  'self-handled': 'intake',
  close: 'verification',
} as const satisfies Readonly<Record<ApprovalAct, Stage>>;

/** The kinds of pause that are applied for: 挂账, 等第三方, 恶劣天气. */
export const GrantedPause = z.enum(['suspension', 'third-party', 'weather']);

/** An application on its way through its chain of approvals, with all that the act needs. */
export const Request = z.object({
  id: z.string(),
  act: ApprovalAct,
  at: Instant,
  by: z.string(),
  until: Instant.optional(),
  kind: z.string().optional(),
  /** Of an application to suspend: the kind of pause, 挂账 unless told. */
  pause: GrantedPause.optional(),
  reasonCode: z.string().optional(),
  categoryCode: z.string().optional(),
  standardId: z.string().optional(),
  basis: z.string().optional(),
  suggestedUnitId: z.string().optional(),
  /** Whose people decide the steps that are not the unit's. */
  centreId: z.string(),
  /** The roles still to agree, in order. */
  steps: z.array(z.string()),
  /** Who has agreed so far. */
  agreed: z.array(z.string()),
});
export type Request = z.infer<typeof Request>;
