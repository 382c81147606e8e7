import { hash } from 'node:crypto';
import type { DistrictPack } from '@cityloop/contracts';

/**
 * Which ladders a pack has and the calendars their rungs are counted on, in a word: when they change, all that
 * stands on a ladder is looked at anew.
 */
export function editionOf({
  escalation,
  calendars,
}: Pick<DistrictPack, 'escalation' | 'calendars'>): string {
  return hash('sha256', JSON.stringify([escalation.ladders, calendars]), 'hex').slice(0, 16);
}
