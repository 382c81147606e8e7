import { archiveRules } from '@cityloop/archive';
import type { Stage } from '@cityloop/contracts';
import { dispatchRules } from '@cityloop/dispatch';
import { handlingRules } from '@cityloop/handling';
import type { StageDue } from '@cityloop/incident';
import { intakeRules } from '@cityloop/intake';
import { verificationRules } from '@cityloop/verification';

/** What each stage does of itself when a time comes. */
export const dueOfStage: Readonly<Record<Stage, StageDue | undefined>> = {
  intake: intakeRules.due,
  dispatch: dispatchRules.due,
  handling: handlingRules.due,
  verification: verificationRules.due,
  archive: archiveRules.due,
};
