import type { IncidentEvent } from '@cityloop/contracts';
import { received, toClose } from './milestones.ts';
import { people } from './people.ts';
import type { Story } from './story.ts';

const fiveWeeks = 5 * 7 * 24 * 60;
const suspension = { until: '2026-04-01T09:00:00+08:00', kind: 'funds', text: '等待拨款' };

/** A caller's case from the report to the archive, as the README walks it. */
const walk = (): Story =>
  toClose()
    .give(people.clerk, 'call-back', { reached: true, resolved: true, satisfaction: 'satisfied' })
    .give(people.evaluator, 'archive');

/** Work that was suspended, and goes on by itself when its time is up. */
const suspended = (): Story =>
  received()
    .give(people.roadsMember, 'request-suspension', suspension)
    .give(people.roadsLeader, 'decide-suspension', { decision: 'grant' })
    .give(people.supervisor, 'decide-suspension', { decision: 'grant' })
    .later(fiveWeeks)
    .whenNudged().story;

/** A suspension that should not have been granted. */
const revoked = (): Story => {
  const told = suspended();
  const pauseId = told.incident.pauses[0]?.id ?? '';
  return told.give(people.supervisor, 'revoke-pause', { pauseId, text: '并无资金问题' });
};

/** What chance brings about too seldom, told on purpose. */
export function toldHistories(): readonly (readonly IncidentEvent[])[] {
  return [walk(), suspended(), revoked()].map(({ events }) => events);
}
