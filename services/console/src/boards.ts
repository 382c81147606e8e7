import { type Role, type Stage, type Subject, stages } from '@cityloop/contracts';
import { NotFound } from '@cityloop/kernel';
import type { BoardEntry, BoardFilter, LampCount } from '@cityloop/stage';
import type { Loop } from './loop.ts';

/** Whose board is asked for; the caller's own when nothing is named. */
export type Asked = {
  readonly centre?: string | undefined;
  readonly unit?: string | undefined;
  readonly person?: string | undefined;
};

export type Listed = BoardEntry & { readonly stage: Stage };
export type Counted = LampCount & { readonly stage: Stage };

/** Archive holds what has ended: nothing of it is due to anybody. */
const running = stages.filter((stage) => stage !== 'archive');

const withoutBoards: ReadonlySet<Role> = new Set([
  'citizen',
  'unit-member',
  'unit-leader',
  'system',
]);

/**
 * The rows a caller may see and asks for: those with a seat what the centres in their area have in hand,
 * unit people their unit's. A foreign centre, unit or person is not there.
 */
export function boardFilter(loop: Loop, subject: Subject, asked: Asked): BoardFilter {
  const mine = ownFilter(subject);
  const { centre, unit, person } = asked;
  if (mine === undefined) throw notThere();
  if (centre !== undefined && !isOwnCentre(loop, mine, centre)) throw notThere();
  if (unit !== undefined && !isOwnUnit(loop, mine, unit)) throw notThere();
  if (person !== undefined && person !== subject.id && !isOwnPerson(loop, mine, person)) {
    throw notThere();
  }
  return {
    ...mine,
    ...(centre === undefined ? {} : { centreIdPrefix: centre }),
    ...(unit === undefined ? {} : { unitId: unit }),
    ...(person === undefined ? {} : { personId: person }),
  };
}

function ownFilter({ roles, area, unitId }: Subject): BoardFilter | undefined {
  const seated = roles.some((role) => !withoutBoards.has(role));
  if (seated && area !== '') return { centreIdPrefix: area };
  return unitId === undefined ? undefined : { unitId };
}

function isOwnCentre(loop: Loop, { centreIdPrefix }: BoardFilter, centre: string): boolean {
  if (loop.policy().centre(centre) === undefined) return false;
  return centreIdPrefix !== undefined && centre.startsWith(centreIdPrefix);
}

function isOwnUnit(loop: Loop, { centreIdPrefix, unitId }: BoardFilter, wanted: string): boolean {
  const unit = loop.policy().unit(wanted);
  if (unit === undefined) return false;
  return centreIdPrefix === undefined
    ? unitId === wanted
    : unit.centreId.startsWith(centreIdPrefix);
}

function isOwnPerson(loop: Loop, { centreIdPrefix, unitId }: BoardFilter, id: string): boolean {
  const person = loop.policy().person(id);
  if (person === undefined) return false;
  return centreIdPrefix === undefined
    ? person.unitId === unitId
    : person.area.startsWith(centreIdPrefix);
}

function notThere(): NotFound {
  return new NotFound('BOARD_NOT_FOUND', '没有这块看板 / there is no such board');
}

/** The next to be due of all stages, the earliest first. */
export async function countdown(
  loop: Loop,
  filter: BoardFilter,
  limit: number,
): Promise<readonly Listed[]> {
  const found = await Promise.all(
    running.map(async (stage) => {
      const entries = await loop.stages[stage].countdown({ ...filter, limit });
      return entries.map((entry) => ({ ...entry, stage }));
    }),
  );
  return found
    .flat()
    .toSorted((a, b) => a.redMs - b.redMs || (a.incidentId < b.incidentId ? -1 : 1))
    .slice(0, limit);
}

/** How many bear which lamp, by stage, centre and unit. */
export async function lamps(loop: Loop, filter: BoardFilter): Promise<readonly Counted[]> {
  const found = await Promise.all(
    running.map(async (stage) => {
      const counts = await loop.stages[stage].lamps(filter);
      return counts.map((count) => ({ ...count, stage }));
    }),
  );
  return found.flat().toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ centreId, unitId = '', stage }: Counted): string =>
  `${centreId} ${unitId} ${stages.indexOf(stage)}`;
