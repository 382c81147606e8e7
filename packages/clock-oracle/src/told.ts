/**
 * What the oracle reads: events and packs as their JSON tells them, in words of its own. Only facts are
 * taken from them (what began, stopped, was granted, stood still, and when); every due instant beside
 * them is what the oracle holds against its own arithmetic.
 */

export type ToldLimit = { readonly amount: number; readonly unit: string };

export type ToldClock = {
  readonly epoch: number;
  readonly limit: ToldLimit;
  readonly calendar: string;
  readonly revision: number;
  readonly basis: string;
  readonly startedAt: string;
  readonly firstDueAt: string;
  readonly dueAt: string;
  readonly bound?: { readonly at: string; readonly basis: string; readonly ownBasis: string };
  readonly mode?: string;
  readonly provisional?: boolean;
  readonly pausedAt?: string;
  readonly warnAt?: string;
  readonly warnShare?: number;
  readonly amberAt?: string;
  readonly redAt?: string;
  readonly stoppedAt?: string;
  readonly verdict?: string;
};

export type ToldBook = Readonly<Record<string, ToldClock>>;

export type ToldPause = {
  readonly id: string;
  readonly kind: string;
  readonly clocks: readonly string[];
  readonly from: string;
  readonly until?: string;
  readonly endedAt?: string;
  readonly revokedAt?: string;
};

/** Where an incident stands: the centre that has it, that centre's level, and the one that owns it. */
export type ToldPlace = {
  readonly level: string;
  readonly centreId: string;
  readonly ownerCentreId: string;
};

/** The split of a round by who had it. */
export type ToldAttribution = {
  readonly wholeMs: number;
  readonly parts: readonly {
    readonly holder: string;
    readonly ms: number;
    readonly lateMs: number;
  }[];
};

/** The members of an event's data that the oracle looks at. */
export type ToldData = {
  readonly clocks?: ToldBook;
  readonly pauses?: readonly ToldPause[];
  readonly incident?: ToldPlace & {
    readonly imported?: boolean;
    readonly clocks: ToldBook;
    readonly pauses: readonly ToldPause[];
  };
  readonly dossier?: ToldPlace;
  readonly facts?: { readonly attribution?: ToldAttribution };
  readonly toCentreId?: string;
  readonly level?: string;
  readonly ruledAt?: string;
  readonly check?: { readonly outcome: string };
  readonly clock?: string;
  readonly dueAt?: string;
  readonly amberAt?: string;
  readonly decision?: string;
  readonly final?: boolean;
  readonly until?: string;
};

export type ToldEvent = {
  readonly incidentId: string;
  readonly version: number;
  readonly type: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly data: object;
};

export type ToldHours = { readonly from: string; readonly to: string };

export type ToldCalendar = {
  readonly id: string;
  readonly hours: readonly ToldHours[];
  readonly weekdays: readonly number[];
  readonly holidays: boolean;
  readonly alwaysOpen?: boolean;
  readonly versions?: readonly {
    readonly from: string;
    readonly hours?: readonly ToldHours[];
    readonly weekdays?: readonly number[];
    readonly holidays?: boolean;
  }[];
  readonly days?: readonly {
    readonly from: string;
    readonly to?: string;
    readonly open: boolean;
    readonly hours?: readonly ToldHours[];
  }[];
};

export type ToldHolidays = {
  readonly knownFrom: number;
  readonly knownThrough: number;
  readonly holidays: readonly string[];
  readonly workdays: readonly string[];
};

type ToldText = { readonly limit: ToldLimit };

/** A mode (平战) that was put in force. */
export type ToldActivation = {
  readonly id: string;
  readonly mode: {
    readonly leastShare?: number;
    readonly limits: readonly {
      readonly clocks: readonly string[];
      readonly factor?: number;
      readonly limit?: ToldText;
    }[];
  };
};

/** The sections of a pack that deadlines come from. */
export type ToldPack = {
  readonly units: readonly {
    readonly id: string;
    readonly limits?: Readonly<Record<string, ToldText>>;
  }[];
  readonly catalogue: readonly {
    readonly code: string;
    readonly limit?: ToldText;
    readonly standards: readonly { readonly id: string; readonly limit: ToldText }[];
  }[];
  readonly clocks: Readonly<Record<string, unknown>>;
  readonly calendars: {
    readonly definitions: readonly ToldCalendar[];
    readonly holidays: ToldHolidays;
  };
  /** What the district has put in force besides its pack. */
  readonly activations?: readonly ToldActivation[];
  readonly settings: { readonly rework: { readonly minimumShare: number } };
};
