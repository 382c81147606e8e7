import type { DistrictPack, Incident, PackPerson, RungTo, Subject } from '@cityloop/contracts';
import { mayRead } from '@cityloop/incident';

/** Whom and what a pack knows, ready for asking. */
export type Directory = {
  /** Who is to be told of an incident by a rung: no one whom the incident is not for the eyes of (回避). */
  told(
    to: readonly RungTo[],
    incident: Incident,
    clock: string,
    onDuty: OnDuty,
  ): readonly PackPerson[];
  /** The centre a rung's 督办 is by. */
  supervising(by: 'centre' | 'upper', incident: Incident): string;
  /** The matter in the words of the catalogue. */
  matter(incident: Incident): string;
  /** Where it is, no nearer than its grid. */
  place(incident: Incident): string;
  person(id: string): PackPerson | undefined;
};

/** Those of a seat who are on duty; all of them where nothing is known of duty. */
export type OnDuty = (seat: string, people: readonly PackPerson[]) => readonly PackPerson[];

export function directoryOf(pack: DistrictPack): Directory {
  const upper = pack.centres.find(({ level }) => level === 'district')?.id ?? pack.district.code;
  const bySeat = Map.groupBy(pack.people, ({ unitId, centreId }) => unitId ?? centreId ?? '');
  const areas = new Map(pack.areas.map(({ code, name }) => [code, name]));
  const categories = new Map(pack.catalogue.map(({ code, name }) => [code, name]));
  const centres = new Map(pack.centres.map(({ id, name }) => [id, name]));
  const people = new Map(pack.people.map((person) => [person.id, person]));

  function seatOf(of: RungTo['of'], incident: Incident, clock: string): string | undefined {
    switch (of) {
      case 'unit':
        return clock.startsWith('assist:')
          ? clock.slice('assist:'.length)
          : (incident.assignment?.unitId ?? incident.clockUnitId);
      case 'centre':
        return incident.centreId;
      case 'owner':
        return incident.ownerCentreId;
      case 'upper':
        return upper;
    }
  }

  return {
    told(to, incident, clock, onDuty) {
      const found = new Map<string, PackPerson>();
      for (const { role, of } of to) {
        const seat = seatOf(of, incident, clock);
        const all = (bySeat.get(seat ?? '') ?? []).filter(({ roles }) => roles.includes(role));
        for (const person of seat === undefined ? [] : onDuty(seat, all)) {
          if (mayRead(subjectOf(person), incident)) found.set(person.id, person);
        }
      }
      return [...found.values()];
    },
    supervising: (by, incident) => (by === 'upper' ? upper : incident.centreId),
    matter: ({ categoryCode }) => categories.get(categoryCode ?? '') ?? '未分类',
    place({ ground, centreId }) {
      const { subdistrict, committee, grid } = ground;
      const named = [subdistrict, committee, grid].flatMap((code) => {
        const name = code === undefined ? undefined : areas.get(code);
        return name === undefined ? [] : [name];
      });
      return named.length > 0 ? named.join('') : (centres.get(centreId) ?? centreId);
    },
    person: (id) => people.get(id),
  };
}

function subjectOf({ id, name, roles, area, centreId, unitId, grids }: PackPerson): Subject {
  return {
    id,
    name,
    area,
    roles: [...roles],
    ...(centreId === undefined ? {} : { centreId }),
    ...(unitId === undefined ? {} : { unitId }),
    ...(grids === undefined ? {} : { grids: [...grids] }),
  };
}
