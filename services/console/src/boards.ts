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

const unitRoles: ReadonlySet<Role> = new Set(['unit-member', 'unit-leader']);
const withoutBoards: ReadonlySet<Role> = new Set(['citizen', 'system', ...unitRoles]);

/** What of the rows is the caller's: of the centres in their area, or of their unit. */
type Own = { readonly area: string } | { readonly unitId: string };

/**
 * The rows a caller may see and asks for, never more than `mayRead` lets them: those with a seat what the
 * centres in their area have in hand, those with grids what lies in these, unit people their unit's; nobody
 * what is against their own centre or unit (回避). A foreign centre, unit or person is not there.
 */
export function boardFilter(loop: Loop, subject: Subject, asked: Asked): BoardFilter {
  const mine = ownOf(subject);
  const { centre, unit, person } = asked;
  if (mine === undefined) throw notThere();
  if (centre !== undefined && !isOwnCentre(loop, mine, centre)) throw notThere();
  if (unit !== undefined && !isOwnUnit(loop, mine, unit)) throw notThere();
  if (person !== undefined && person !== subject.id && !isOwnPerson(loop, mine, person)) {
    throw notThere();
  }
  return {
    ...scopeOf(subject, mine),
    ...(centre === undefined ? {} : { centreIdPrefix: centre }),
    ...(unit === undefined ? {} : { unitId: unit }),
    ...(person === undefined ? {} : { personId: person }),
  };
}

function ownOf({ roles, area, unitId }: Subject): Own | undefined {
  if (roles.some((role) => !withoutBoards.has(role)) && area !== '') return { area };
  const ofUnit = unitId !== undefined && roles.some((role) => unitRoles.has(role));
  return ofUnit ? { unitId } : undefined;
}

function scopeOf({ centreId, unitId, grids }: Subject, mine: Own): BoardFilter {
  const aside = {
    ...(centreId === undefined ? {} : { asideCentreId: centreId }),
    ...(unitId === undefined ? {} : { asideUnitId: unitId }),
  };
  if ('unitId' in mine) return { ...aside, unitId: mine.unitId };
  return grids === undefined
    ? { ...aside, centreIdPrefix: mine.area }
    : { ...aside, grounds: grids };
}

function isOwnCentre(loop: Loop, mine: Own, centre: string): boolean {
  if (loop.policy().centre(centre) === undefined) return false;
  return 'area' in mine && centre.startsWith(mine.area);
}

function isOwnUnit(loop: Loop, mine: Own, wanted: string): boolean {
  const unit = loop.policy().unit(wanted);
  if (unit === undefined) return false;
  return 'area' in mine ? unit.centreId.startsWith(mine.area) : mine.unitId === wanted;
}

function isOwnPerson(loop: Loop, mine: Own, id: string): boolean {
  const person = loop.policy().person(id);
  if (person === undefined) return false;
  return 'area' in mine ? person.area.startsWith(mine.area) : person.unitId === mine.unitId;
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
