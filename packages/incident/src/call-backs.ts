import type { Demand, Incident } from '@cityloop/contracts';
import { fromIso } from '@cityloop/kernel';

type CallBack = NonNullable<Demand['callBacks']>[number];

/**
 * The call-backs about the work as it stands now: what a caller said before a rework was about something
 * else.
 */
export function callBacksNow({ callBacks = [] }: Demand, incident: Incident): readonly CallBack[] {
  const sinceMs = fromIso(incident.assignment?.finish?.at ?? incident.reportedAt);
  return callBacks.filter(({ at }) => fromIso(at) >= sinceMs);
}

/** What the caller has last said of the work as it stands; a vain attempt takes nothing of it back. */
export function lastWord(demand: Demand, incident: Incident): CallBack | undefined {
  return callBacksNow(demand, incident).findLast(({ reached }) => reached);
}
