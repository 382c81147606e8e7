import type { Incident, Subject, Supervision } from '@cityloop/contracts';
import type { Loop } from '../loop.ts';
import { scopedIncident } from '../visibility.ts';

type Page = { readonly limit?: number | undefined; readonly after?: string | undefined };

/** An open 督办, and whether its reply is overdue. */
type Open = Pick<Supervision, 'id' | 'kind' | 'requirement' | 'dueAt' | 'at' | 'centreId'> &
  Pick<Supervision, 'clock' | 'epoch' | 'rung'> & { readonly overdue: boolean };

/**
 * 督办: the open incidents within the caller's sight that somebody wants a reply to, newest first, of both levels
 * and of the unit alike; each with what is demanded and whether that is overdue.
 */
export async function supervisedFor(loop: Loop, subject: Subject, { limit = 100, after }: Page) {
  const last = after === undefined ? undefined : await loop.picture.get(after);
  const rows = await loop.picture.find(subject, {
    supervised: true,
    open: true,
    limit,
    ...(last === undefined ? {} : { after: { ms: last.reportedMs, id: last.id } }),
  });
  const now = new Date().toISOString();
  const items = await Promise.all(
    rows.map(async ({ id }) => {
      // The picture follows the log: the holder knows whether it was replied to meanwhile.
      const incident = await scopedIncident(loop, subject, id);
      const open = incident === undefined ? [] : openIn(incident, now);
      return incident === undefined || open.length === 0 ? [] : [rowOf(incident, open)];
    }),
  );
  const more = rows.length === limit ? rows.at(-1)?.id : undefined;
  return { items: items.flat(), ...(more === undefined ? {} : { after: more }) };
}

function openIn({ supervisions }: Incident, now: string): readonly Open[] {
  return supervisions.flatMap((s) => {
    if (s.repliedAt !== undefined || s.withdrawnAt !== undefined) return [];
    const { id, kind, requirement, dueAt, at, centreId, clock, epoch, rung } = s;
    const overdue = new Date(dueAt).toISOString() < now;
    return [{ id, kind, requirement, dueAt, at, centreId, clock, epoch, rung, overdue }];
  });
}

function rowOf(incident: Incident, supervisions: readonly Open[]) {
  const { id: incidentId, version, status, centreId, assignment } = incident;
  return { incidentId, version, status, centreId, unitId: assignment?.unitId, supervisions };
}
