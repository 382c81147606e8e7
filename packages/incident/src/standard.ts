import type {
  Incident,
  PackCategory,
  PackReason,
  PackStandard,
  ReasonAct,
  refusals,
  Validity,
} from '@cityloop/contracts';
import { RuleViolation } from '@cityloop/kernel';
import type { Policy } from './policy.ts';

/**
 * The category and, if named, the standard row (立案标准) an act is held to. Both must be in the pack
 * and belong together; what is wrong is said with the codes that would fit.
 */
export function classify(
  policy: Policy,
  categoryCode: string,
  standardId: string | undefined,
): { readonly category: PackCategory; readonly standard: PackStandard | undefined } {
  const category = policy.category(categoryCode);
  if (category === undefined) {
    throw new RuleViolation(
      'CATEGORY_UNKNOWN',
      '案件类别不在目录中，见 GET /api/v1/catalogue / no such category, see GET /api/v1/catalogue',
      {
        categoryCode,
      },
    );
  }
  if (standardId === undefined) return { category, standard: undefined };
  const standard = category.standards.find((row) => row.id === standardId);
  if (standard === undefined) {
    throw new RuleViolation(
      'STANDARD_UNKNOWN',
      '该类别下没有这条立案标准 / the category has no such standard row',
      { categoryCode, standardId, choices: category.standards.map((row) => row.id) },
    );
  }
  return { category, standard };
}

/** The reason behind a code of the pack's list; refused with the list's name when it is not there. */
export function reasonOf(policy: Policy, act: ReasonAct, code: string): PackReason {
  const reason = policy.reason(act, code);
  if (reason === undefined) {
    throw new RuleViolation(
      'REASON_UNKNOWN',
      '理由不在清单中，见 GET /api/v1/catalogue / no such reason in the list, see GET /api/v1/catalogue',
      {
        list: act,
        reasonCode: code,
      },
    );
  }
  return reason;
}

/** The reason of a refusal as its event keeps it. */
export function refusedFor(
  policy: Policy,
  act: (typeof refusals)[number],
  reasonCode: string,
): { reasonCode: string; validity?: Validity } {
  const { code, validity } = reasonOf(policy, act, reasonCode);
  return { reasonCode: code, ...(validity === undefined ? {} : { validity }) };
}

/** 先派后补 is over before anybody's work is measured or closed against the row. */
export function refuseStandardPending(incident: Incident): void {
  if (incident.standardPending !== true) return;
  throw new RuleViolation(
    'STANDARD_PENDING',
    '先派后补：请先补选立案标准 / filed without a standard row: amend it first',
  );
}
