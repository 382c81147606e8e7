import { type Subject, stages } from '@cityloop/contracts';
import { mayDecide, mayRead, seatsOf } from '@cityloop/incident';
import type { HeldRow } from '@cityloop/stage';
import type { Loop } from '../loop.ts';

type Page = { readonly limit?: number | undefined; readonly after?: string | undefined };

/**
 * 待审批: the incidents with an application whose next step is the caller's, of all stages, by id; not
 * those that are their own or that they may not see.
 */
export async function approvalsFor(
  loop: Loop,
  subject: Subject,
  { limit = 100, after }: Page,
): Promise<{ readonly items: readonly HeldRow[]; readonly after?: string }> {
  const seats = seatsOf(subject);
  const found = await Promise.all(
    stages.map(async (stage) => {
      const rows = await loop.stages[stage].awaiting({ seats, limit, after });
      return rows.map((row) => ({ stage, row }));
    }),
  );
  const page = found
    .flat()
    .toSorted((a, b) => (a.row.incidentId < b.row.incidentId ? -1 : 1))
    .slice(0, limit);
  const mine = await Promise.all(
    page.map(async ({ stage, row }) => {
      const incident = (await loop.stages[stage].whereabouts(row.incidentId))?.incident;
      if (incident === undefined || !mayRead(subject, incident)) return [];
      return incident.requests.some((r) => mayDecide(r, subject, incident)) ? [row] : [];
    }),
  );
  const last = page.length === limit ? page.at(-1)?.row.incidentId : undefined;
  return { items: mine.flat(), ...(last === undefined ? {} : { after: last }) };
}
