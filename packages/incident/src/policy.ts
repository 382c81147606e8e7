import type { ClockKind, ClockName, Pause, WorkCalendar } from '@cityloop/calendar';
import type {
  ApprovalAct,
  ApprovalFacts,
  Channel,
  Ground,
  Incident,
  Level,
  PackApproval,
  PackCategory,
  PackCentre,
  PackEscalation,
  PackLadder,
  PackPerson,
  PackReason,
  PackSettings,
  PackStandard,
  PackUnit,
  ReasonAct,
  RouteFacts,
} from '@cityloop/contracts';
import type { ClockPlan } from './clocks.ts';
import type { CompiledMode } from './modes.ts';

/** What the routing rows say of an incident: the first row that fits, with its reason. */
export type Suggestion = {
  readonly ruleId: string;
  readonly reason: string;
  /** The level whose centre should dispatch it. */
  readonly level: Level;
  /** The unit, where the row names one or the centre's fallback (托底) is meant. */
  readonly unitId: string;
  readonly assists?:
    | readonly { readonly unitId: string; readonly task?: string | undefined }[]
    | undefined;
  readonly autoFile: boolean;
  readonly autoAssign: boolean;
  readonly standardId?: string | undefined;
};

/** The clocks whose limit hangs on the clock alone. */
export type DefaultClock =
  | 'accept'
  | 'fact-check'
  | 'complete-filing'
  | 'dispatch'
  | 'receive'
  | 'first-contact'
  | 'handle'
  | 'verify'
  | 'call-back'
  | 'close'
  | 'rework'
  | 'ruling';

export type PausePlan = {
  readonly clocks: readonly (ClockKind | 'assist')[];
  readonly maxDays: number;
};

/** One revision of what the district has decided, compiled for asking. Pure and immutable. */
export type Policy = {
  readonly revision: number;
  /** The newest revision that touched what deadlines come from: catalogue, clocks, calendars, units. */
  readonly timingRevision: number;
  readonly districtCode: string;
  readonly districtCentre: PackCentre;
  readonly settings: PackSettings;
  /** The share of its time after which a clock warns (amber). */
  readonly warnShare: number;
  centre(id: string): PackCentre | undefined;
  unit(id: string): PackUnit | undefined;
  person(id: string): PackPerson | undefined;
  /** Who is on duty (值班) at a centre or unit at an instant, who answers first before the others; none without a roster. */
  onDuty(centreOrUnitId: string, atMs: number): readonly string[];
  category(code: string): PackCategory | undefined;
  standard(
    id: string,
  ): { readonly standard: PackStandard; readonly category: PackCategory } | undefined;
  /** Throws when the pack has none of that id: ids in clocks come from the pack. */
  calendar(id: string): WorkCalendar;
  clock(kind: DefaultClock): ClockPlan;
  /** 处置时限: the unit's own of the row, else the row's, else the category's, else the default. */
  handling(facts: {
    readonly unitId: string;
    readonly standardId?: string | undefined;
    readonly categoryCode?: string | undefined;
  }): Pick<ClockPlan, 'limit' | 'basis'>;
  /** What a pause of a kind holds up; `assist`: the clocks of all who assist. */
  pause(kind: Pause['kind']): PausePlan;
  /** What the centre keeps for checking and answering before an upstream deadline. */
  readonly reserve: Pick<ClockPlan, 'limit' | 'calendarId'>;
  /** What people call a row of the end-to-end limits, by its id. */
  endToEndName(id: string): string | undefined;
  endToEnd(facts: {
    readonly channel: Channel;
    readonly kind?: Incident['kind'];
    readonly urgency: Incident['urgency'];
    readonly categoryCode?: string | undefined;
  }): ClockPlan;
  reason(act: ReasonAct, code: string): PackReason | undefined;
  /** The chain of the first row that fits; every pack has one for each act and incident. */
  approval(act: ApprovalAct, facts: ApprovalFacts): PackApproval;
  readonly escalation: PackEscalation;
  /**
   * What happens as this clock runs out; undefined where nothing does. At `atMs` the ladders of modes in force
   * come first; without it the district's own count alone.
   */
  ladder(clock: ClockName, facts: RouteFacts, atMs?: number): PackLadder | undefined;
  /** The modes (平战) that are in force or were lately, the last approved first. */
  readonly modes: readonly CompiledMode[];
  /** `centreId` is the centre whose units a duty names; at `atMs` the rows of modes in force come first. */
  suggest(facts: RouteFacts, centreId: string, atMs: number): Suggestion | undefined;
  /** Whose ground a WGS-84 point is: nobody's outside the district, several on a boundary. */
  locate(lon: number, lat: number): Ground;
  /** The ground behind the code of a subdistrict, committee or grid. */
  groundOf(code: string): Ground | undefined;
  /** The centre that answers for a ground: the subdistrict's own, else the district's. */
  centreOf(ground: Ground): PackCentre;
};
