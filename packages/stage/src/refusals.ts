import type { Stage } from '@cityloop/contracts';
import { NotFound, RuleViolation, Unavailable } from '@cityloop/kernel';

/** Nothing is known to be written: the sender may repeat, with its key. */
export function notStored(cause: unknown): Unavailable {
  const message = '暂时无法保存，请稍后重试 / could not be stored, try again';
  return new Unavailable('STORE_FAILED', message, {}, { cause });
}

export function unknownIncident(): NotFound {
  return new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
}

/** Refuses a command that came to the wrong service, naming the right one. */
export function notInCustody(custodian: Stage): RuleViolation {
  return new RuleViolation('NOT_IN_CUSTODY', '案件不在本环节 / another stage holds the incident', {
    custodian,
  });
}
