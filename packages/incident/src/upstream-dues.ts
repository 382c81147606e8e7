import type { Bound } from '@cityloop/calendar';
import type { Demand } from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';

/** Begins the basis of a clock that an upstream due binds; the demand follows. */
export const UPSTREAM = 'upstream:';

/** A demand, as far as upstream waits for its answer. */
export type Owed = Pick<Demand, 'id' | 'upstreamDueAt'>;

/** The earliest instant after `afterMs` these demands have to be answered by upstream, with the demand as its basis. */
export function earliestUpstream(
  demands: readonly Owed[],
  afterMs = Number.NEGATIVE_INFINITY,
): Bound | undefined {
  let earliest: Bound | undefined;
  for (const { id, upstreamDueAt } of demands) {
    if (upstreamDueAt === undefined) continue;
    const dueMs = fromIso(upstreamDueAt);
    if (dueMs <= afterMs) continue;
    const at = toIso(dueMs);
    if (earliest === undefined || at < earliest.at) earliest = { at, basis: `${UPSTREAM}${id}` };
  }
  return earliest;
}
