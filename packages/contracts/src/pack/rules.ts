import { z } from 'zod';
import { Role } from '../people.ts';
import { PackLimit } from './limit-text.ts';
import { Level } from './vocabulary.ts';

/** The acts that may need somebody's agreement. */
export const approvalActs = [
  'extension',
  'second-extension',
  'suspension',
  'cancel',
  'forced-close',
  'decline',
  'self-handled',
  'close',
] as const;
export const ApprovalAct = z.enum(approvalActs);
export type ApprovalAct = z.infer<typeof ApprovalAct>;

export const PackApproval = z
  .strictObject({
    act: ApprovalAct,
    steps: z
      .array(Role)
      .readonly()
      .meta({ description: 'Roles in order, each one event with an opinion; none: needs nobody.' }),
    level: Level.exactOptional().meta({
      description: 'The centre whose people agree, when it is not the one that has the incident.',
    }),
  })
  .meta({ description: 'A chain of approvals; the applicant never agrees to their own.' });
export type PackApproval = Readonly<z.infer<typeof PackApproval>>;

const share = z.number().min(0).max(1);

export const PackSettings = z
  .strictObject({
    duplicate: z
      .strictObject({
        metres: z.number().positive().max(5000),
        hours: z.number().positive().max(720),
      })
      .meta({ description: 'Open incidents of the same small category this near are shown.' }),
    repeat: z
      .strictObject({
        metres: z.number().positive().max(5000),
        days: z.number().positive().max(366),
      })
      .meta({
        description:
          'A caller reports again (重复诉求): within so many days, of the same small category or this near.',
      }),
    returns: z
      .strictObject({
        limit: PackLimit.meta({ description: '退单时限, from receipt, on the unit’s calendar.' }),
        dispatcherAccepts: z.int().min(0).max(10).meta({
          description: 'Up to this return the dispatcher may accept; then a shift supervisor.',
        }),
        districtRulesFrom: z.int().min(1).max(20),
      })
      .meta({ description: 'Returns (退单) and who rules on the n-th.' }),
    extensions: z.strictObject({ max: z.int().min(0).max(10) }),
    suspension: z.strictObject({ maxDays: z.int().min(1).max(366) }),
    rework: z
      .strictObject({ minimumShare: share })
      .meta({ description: 'Least share of the original limit that a rework gets.' }),
    archiveAfter: PackLimit.meta({
      description: 'From closing to archiving; counted as wall time.',
    }),
    confirmByRule: z
      .boolean()
      .meta({ description: '部门确认 by rule as soon as the crew finished.' }),
    closeByRule: z.boolean().meta({
      description: 'Close by rule: checked, evidence complete, nobody waits for an answer.',
    }),
  })
  .meta({ description: 'Figures of the rules.' });
export type PackSettings = Readonly<z.infer<typeof PackSettings>>;
