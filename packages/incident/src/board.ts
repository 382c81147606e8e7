import { type Clock, isRunning } from '@cityloop/calendar';
import type { Incident } from '@cityloop/contracts';
import { assistClock, openAssists } from './assists.ts';

/** When something on a board turns amber and red, and by which clock. Nothing has to happen for it to turn. */
export type Turning = {
  readonly clock: string;
  readonly redAt: string;
  /** `redAt` where the clock was set by a build that did not warn. */
  readonly amberAt: string;
};

/** What the boards show of an incident. */
export type Boarded = {
  /** Of its own running clocks, the first to be due; absent while all of them stand. */
  readonly own?: Turning | undefined;
  /** Each assisting unit's part, by its own clock. */
  readonly assists: readonly (Turning & { readonly unitId: string })[];
  /** In whose hands it is: the crew, else who has received it; who is asked to look (核实). */
  readonly people: readonly string[];
  /** The finest code known of where it lies: who has grids sees what lies in these. */
  readonly ground?: string | undefined;
  /** Whose people see nothing of it (回避). */
  readonly against?: Incident['against'];
};

/** The incident on the boards, by its clock book alone; nothing of an import that is not live. */
export function boarded(incident: Incident): Boarded {
  const scope = scopeOf(incident);
  if (incident.imported === true) return { ...scope, assists: [], people: [] };
  const own = Object.entries(incident.clocks)
    .filter(([name, clock]) => isRunning(clock) && !name.startsWith('assist:'))
    .map(([name, clock]) => turning(name, clock))
    .reduce<Turning | undefined>(earlier, undefined);
  return { ...scope, own, assists: assisting(incident), people: peopleOf(incident) };
}

/** What decides who may see it, besides who has it in hand. */
function scopeOf({ ground, against }: Incident): Pick<Boarded, 'ground' | 'against'> {
  const finest = ground.grid ?? ground.committee ?? ground.subdistrict;
  return {
    ...(finest === undefined ? {} : { ground: finest }),
    ...(against === undefined ? {} : { against }),
  };
}

function assisting(incident: Incident): Boarded['assists'] {
  return openAssists(incident).flatMap(({ unitId }) => {
    const name = assistClock(unitId);
    const clock = incident.clocks[name];
    if (clock === undefined || !isRunning(clock)) return [];
    return [{ unitId, ...turning(name, clock) }];
  });
}

function turning(clock: string, { dueAt, warnAt = dueAt }: Clock): Turning {
  return { clock, redAt: dueAt, amberAt: warnAt };
}

/** The first red counts, and the first amber, of whichever clock. */
function earlier(first: Turning | undefined, next: Turning): Turning {
  if (first === undefined) return next;
  const ambers = [first.amberAt, next.amberAt].toSorted();
  return { ...(next.redAt < first.redAt ? next : first), amberAt: ambers[0] ?? next.amberAt };
}

function peopleOf({ status, assignment, factCheck }: Incident): readonly string[] {
  if (status === 'fact-checking')
    return factCheck?.askedOf === undefined ? [] : [factCheck.askedOf];
  const { crew, receivedBy } = assignment ?? {};
  if (crew !== undefined && crew.length > 0) return crew;
  return receivedBy === undefined ? [] : [receivedBy];
}
