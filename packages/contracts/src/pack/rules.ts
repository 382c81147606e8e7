import { z } from 'zod';
import { ApprovalAct } from '../approvals.ts';
import { Role } from '../people.ts';
import { PackLimit } from './limit-text.ts';
import { conditionFits, RouteCondition, type RouteFacts } from './routing.ts';

const ApprovalCondition = RouteCondition.extend({
  earlier: z.int().min(1).max(10).exactOptional().meta({
    description: 'At least so many were granted before; of extensions and suspensions only.',
  }),
}).meta({ description: 'All that is named must fit; nothing named fits everything.' });

export const PackApproval = z
  .strictObject({
    act: ApprovalAct,
    when: ApprovalCondition.exactOptional(),
    steps: z
      .array(Role)
      .readonly()
      .meta({ description: 'Roles in order, each one event with an opinion; none: needs nobody.' }),
    level: z.literal('district').exactOptional().meta({
      description:
        'Its centre’s people agree instead of those of the centre that has the incident.',
    }),
  })
  .meta({
    description:
      'A chain of approvals; of an act’s rows the first that fits counts. The applicant never agrees to their own.',
  });
export type PackApproval = Readonly<z.infer<typeof PackApproval>>;

/** What a chain is held against. */
export type ApprovalFacts = RouteFacts & {
  /** How many of the act were granted on this incident before. */
  readonly earlier: number;
};

/** Whether the row's condition fits. */
export function approvalFits({ when }: PackApproval, facts: ApprovalFacts): boolean {
  if (when === undefined) return true;
  return conditionFits(when, facts) && (when.earlier ?? 0) <= facts.earlier;
}

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
    callBack: z
      .strictObject({ attempts: z.int().min(1).max(10) })
      .meta({ description: 'So many vain call-backs count as an answer tried.' }),
    check: z.strictObject({ unableMost: z.int().min(1).max(10) }).meta({
      description: 'After so many checks that were not possible the shift supervisor decides.',
    }),
    demands: z
      .strictObject({ max: z.int().min(1).max(500) })
      .meta({ description: 'The most callers one incident takes.' }),
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
