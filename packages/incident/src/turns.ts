import type { Incident, NewEvent, Turn } from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';
import type { At } from './fact.ts';

type Held = Pick<Incident, 'custodian' | 'status' | 'level' | 'centreId' | 'ownerCentreId'> &
  Pick<Incident, 'assignment'>;

/**
 * Whose turn it is, as the incident stands: 受理 and 派遣 the centre that has it in hand, 核实 and 核查
 * those who check, 处置 the unit until it has confirmed, 结案 the centre that owns it. Nobody's once it
 * has ended.
 */
export function turnOf(incident: Held, from: At): Turn | undefined {
  const { custodian, status, level, centreId, assignment } = incident;
  switch (custodian) {
    case 'intake':
    case 'dispatch': {
      const by = status === 'fact-checking' ? 'verification' : level;
      return { from, by, id: centreId };
    }
    case 'handling':
      return { from, by: 'unit', id: assignment?.unitId ?? centreId };
    case 'verification':
      return status === 'to-check'
        ? { from, by: 'verification', id: centreId }
        : owners(incident, from);
    default:
      return undefined;
  }
}

/** A district's code is a prefix of its subdistricts' codes. */
function owners({ level, centreId, ownerCentreId: id }: Held, from: At): Turn {
  if (id === centreId) return { from, by: level, id };
  const above = level === 'subdistrict' && centreId.startsWith(id);
  return { from, by: above ? 'district' : 'subdistrict', id };
}

/** What begins a round: the incident has a new end-to-end clock, the time before counts nowhere. */
const beginsAnew: ReadonlySet<NewEvent['type']> = new Set(['archive.reopened', 'archive.unmerged']);

/** The turns of the present round after one more fact; the very same list when it is still the same one's. */
export function turnsAfter(
  before: readonly Turn[],
  event: NewEvent,
  after: Held,
  at: At,
): readonly Turn[] {
  const turns = beginsAnew.has(event.type) ? [] : ruledAbove(before, event);
  // An import's times are as they were told, with any offset.
  const turn = turnOf(after, toIso(fromIso(at)));
  const last = turns.at(-1);
  if (turn === undefined || (last?.by === turn.by && last.id === turn.id)) return turns;
  // A mark tells of its due instant, which may lie before what was told last.
  const late = last !== undefined && turn.from < last.from;
  return [...turns, late ? { ...turn, from: last.from } : turn];
}

/** A return that the centre below could not rule on waited for the district: that was the district's turn. */
function ruledAbove(turns: readonly Turn[], event: NewEvent): readonly Turn[] {
  const last = turns.at(-1);
  if (event.type !== 'dispatch.return-ruled' || event.data.ruledAt !== 'district') return turns;
  if (last === undefined || last.by !== 'subdistrict') return turns;
  const ruled: Turn = { from: last.from, by: 'district', id: event.data.by.centreId ?? last.id };
  return [...turns.slice(0, -1), ruled];
}
