import { compileCalendar, onDuty, type PauseKind } from '@cityloop/calendar';
import {
  approvalFits,
  type DistrictPack,
  inCategory,
  ladderFor,
  type ModeActivation,
  type PackCentre,
  type PackClock,
  type PackRoute,
  routeFits,
} from '@cityloop/contracts';
import { createGrounds } from './grounds.ts';
import { compileModes, modeLadders, modeRoutes } from './modes.ts';
import type { DefaultClock, PausePlan, Policy, Suggestion } from './policy.ts';

/** 黄灯: after which share of its time a clock warns where the pack does not say. */
const AMBER = 0.8;

/** What each kind of pause holds up where the pack does not say; 核查 comes after 处置 has stopped. */
const HELD: Readonly<Record<PauseKind, PausePlan['clocks']>> = {
  'fact-check': ['accept'],
  verify: [],
  'return-ruling': ['handle'],
  suspension: ['handle', 'rework', 'end-to-end', 'assist'],
  'third-party': ['handle', 'rework', 'end-to-end', 'assist'],
  weather: ['handle', 'rework', 'assist'],
};

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
    pause(kind) {
      const row = pack.clocks.pauses?.find((one) => one.kind === kind);
      const { maxDays } = pack.settings.suspension;
      return { clocks: row?.clocks ?? HELD[kind], maxDays: row?.maxDays ?? maxDays };
    },
    reserve: {
      limit: pack.clocks['centre-reserve'].limit.limit,
      calendarId: pack.clocks['centre-reserve'].calendar,
    },
    handling({ unitId, standardId, categoryCode }) {
      const row = standardId === undefined ? undefined : standards.get(standardId);
      if (row !== undefined) {
        const own = units.get(unitId)?.limits?.[row.standard.id];
        const basis = `standard:${row.standard.id}`;
        if (own !== undefined) return { limit: own.limit, basis: `unit:${unitId}:${basis}` };
        return { limit: row.standard.limit.limit, basis };
      }
      const category = categories.get(categoryCode ?? '');
      if (category?.limit !== undefined) {
        return { limit: category.limit.limit, basis: `category:${category.code}` };
      }
      return { limit: pack.clocks.handle.limit.limit, basis: 'default:handle' };
    },
    clock(kind) {
      const { limit, calendar } = pack.clocks[kind] ?? unlessGiven(kind, pack);
      return { limit: limit.limit, calendarId: calendar, basis: `default:${kind}` };
    },
    endToEndName: (id) => pack.clocks['end-to-end'].find((row) => row.id === id)?.name,
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

/** What packs written before these clocks were kept mean by their silence. */
function unlessGiven(kind: DefaultClock, { clocks }: DistrictPack): PackClock {
  if (kind === 'close') return clocks['call-back'];
  if (kind !== 'complete-filing') return clocks.verify;
  const limit = { text: '30分钟', limit: { amount: 30, unit: 'urgent-minute' } } as const;
  return { limit, calendar: clocks.accept.calendar };
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
