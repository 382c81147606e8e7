import { compileCalendar, onDuty } from '@cityloop/calendar';
import {
  approvalFits,
  type DistrictPack,
  inCategory,
  ladderFor,
  type ModeActivation,
  type PackCentre,
  type PackRoute,
  routeFits,
} from '@cityloop/contracts';
import { createGrounds } from './grounds.ts';
import { compileModes, modeLadders, modeRoutes } from './modes.ts';
import type { Policy, Suggestion } from './policy.ts';

/** 黄灯: after which share of its time a clock warns where the pack does not say. */
const AMBER = 0.8;

/**
 * Makes one revision of the pack ready for asking. The pack must have passed `checkPack`: what it
 * names is taken to be there, and a gap throws.
 */
export function compilePolicy(
  pack: DistrictPack,
  revision: number,
  timingRevision: number = revision,
  activations: readonly ModeActivation[] = [],
): Policy {
  const centres = byId(pack.centres);
  const units = byId(pack.units);
  const people = byId(pack.people);
  const categories = new Map(pack.catalogue.map((category) => [category.code, category]));
  const standards = new Map(
    pack.catalogue.flatMap((category) =>
      category.standards.map((standard) => [standard.id, { standard, category }] as const),
    ),
  );
  const { holidays, definitions } = pack.calendars;
  const calendars = new Map(definitions.map((d) => [d.id, compileCalendar(d, holidays)]));
  const reasons = new Map(
    Object.entries(pack.reasons).map(([act, list]) => [
      act,
      new Map(list.map((reason) => [reason.code, reason])),
    ]),
  );
  const districtCentre = must(
    pack.centres.find((centre) => centre.level === 'district'),
    'a district centre',
  );
  const centreOfArea = new Map(pack.centres.map((centre) => [centre.area, centre]));
  const rosters = new Map(pack.rosters.map((roster) => [roster.of, roster]));
  const duties = new Map(
    pack.units.map((unit) => [`${unit.centreId}/${unit.duty ?? ''}`, unit.id]),
  );

  const modes = compileModes(activations);

  return {
    revision,
    timingRevision,
    modes,
    districtCode: pack.district.code,
    districtCentre,
    settings: pack.settings,
    warnShare: pack.clocks.amber ?? AMBER,
    centre: (id) => centres.get(id),
    unit: (id) => units.get(id),
    person: (id) => people.get(id),
    onDuty(id, atMs) {
      const roster = rosters.get(id);
      return roster === undefined ? [] : onDuty(roster, atMs);
    },
    category: (code) => categories.get(code),
    standard: (id) => standards.get(id),
    calendar: (id) => must(calendars.get(id), `the calendar ${id}`),
    clock(kind) {
      const { limit, calendar } = pack.clocks[kind];
      return { limit: limit.limit, calendarId: calendar, basis: `default:${kind}` };
    },
    endToEnd({ channel, kind, urgency, categoryCode }) {
      const row = must(
        pack.clocks['end-to-end'].find(
          ({ when }) =>
            (when.channel === undefined || when.channel === channel) &&
            (when.kind === undefined || when.kind === kind) &&
            (when.urgency === undefined || when.urgency === urgency) &&
            (when.categories === undefined ||
              when.categories.some((c) => inCategory(categoryCode, c))),
        ),
        'an end-to-end limit that fits everything',
      );
      return { limit: row.limit.limit, calendarId: row.calendar, basis: `end-to-end:${row.id}` };
    },
    reason: (act, code) => reasons.get(act)?.get(code),
    approval: (act, facts) =>
      must(
        pack.approvals.find((row) => row.act === act && approvalFits(row, facts)),
        `a chain of approvals for ${act}`,
      ),
    escalation: pack.escalation,
    ladder(clock, facts, atMs) {
      const ladders = atMs === undefined ? [] : modeLadders(modes, facts.area, atMs);
      return ladderFor({ ladders }, clock, facts) ?? ladderFor(pack.escalation, clock, facts);
    },
    suggest(facts, centreId, atMs) {
      const fits = (row: PackRoute) => routeFits(row, facts);
      const route = modeRoutes(modes, facts.area, atMs).find(fits) ?? pack.routing.find(fits);
      if (route === undefined) return undefined;
      const centre = centres.get(centreId) ?? districtCentre;
      return suggestion(route, centre, districtCentre, duties);
    },
    ...createGrounds(pack.areas, (code) => centreOfArea.get(code) ?? districtCentre),
  };
}

function suggestion(
  route: PackRoute,
  centre: PackCentre,
  districtCentre: PackCentre,
  duties: ReadonlyMap<string, string>,
): Suggestion {
  const target = route.then;
  const holder = target.level === 'district' ? districtCentre : centre;
  const byDuty = target.duty === undefined ? undefined : duties.get(`${holder.id}/${target.duty}`);
  return {
    ruleId: route.id,
    reason: route.reason,
    level: target.level,
    unitId: target.unitId ?? byDuty ?? holder.fallbackUnitId,
    assists: target.assists,
    autoFile: route.auto?.file ?? false,
    autoAssign: route.auto?.assign ?? false,
    standardId: route.auto?.standardId,
  };
}

function byId<T extends { readonly id: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [item.id, item]));
}

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`the pack has not ${what}`);
  return value;
}
