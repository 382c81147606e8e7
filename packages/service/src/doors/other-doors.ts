import type {
  Caller,
  IncidentEvent,
  ModeActivation,
  ModePreview,
  ModeProposalBody,
  ModesStand,
  ModeView,
  ReportBody,
  Stage,
  Subject,
} from '@cityloop/contracts';
import type { Scoped } from '@cityloop/incident';
import type { Answer } from '@cityloop/stage';

/** `repeat` when the source number stands for an incident already: that one is answered. */
export type Taken = Answer & { readonly repeat?: 'supplemented' | 'reopened' | undefined };

export type GivenReport = {
  readonly body: ReportBody;
  /** Words that were masked in it but for the description's, as they were: for the vault. */
  readonly original?: string | undefined;
  readonly subject: Subject;
  readonly key?: string | undefined;
  readonly traceparent?: string | undefined;
};

export type Disclosed = {
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly original?: string | undefined;
};

/** What intake does besides its stage. */
export type IntakeDoor = {
  report(given: GivenReport): Promise<Taken>;
  reveal(look: {
    readonly incidentId: string;
    /** Those its demands know their callers by. */
    readonly tokens: readonly string[];
    readonly subjectId: string;
    readonly role: string;
    readonly purpose: string;
  }): Promise<readonly (Disclosed & { readonly token: string })[]>;
  /**
   * Keeps in the vault what must not stand in an event; durable when it resolves. Under the same key it
   * is the same entry.
   */
  keep(
    secret: Disclosed & { readonly incidentId: string; readonly key?: string | undefined },
  ): Promise<Caller>;
};

/** What archive does besides its stage. */
export type ArchiveDoor = {
  /** The events of an incident as recorded, from the ledger. */
  history(incidentId: string, fromVersion: number, limit: number): Promise<readonly string[]>;
  /** Up to which version all events of each of these incidents are sealed; not named where none is. */
  ledgered(incidentIds: readonly string[]): Promise<readonly (readonly [string, number])[]>;
};

/** A message to a person, as the list of the application shows it. */
export type Notice = {
  readonly id: string;
  readonly incidentId: string;
  /** Of an entry that several late messages were folded into: all they are about, the first ones first. */
  readonly incidentIds?: readonly string[] | undefined;
  readonly clock: string;
  readonly epoch: number;
  readonly rung: string;
  readonly title: string;
  readonly text: string;
  readonly at: string;
  readonly readAt?: string | undefined;
};

/** A message that could not be brought to a person: to whom and why, and no word of it. */
export type DeadNotice = {
  readonly id: string;
  readonly personId: string;
  readonly channel: string;
  readonly incidentId: string;
  readonly attempts: number;
  readonly code: string;
  readonly at: string;
};

/** What the watch over the ladders does for the gateway. */
export type NoticeDoor = {
  /** A person's messages, the newest first, and how many they have not read in all. */
  notices(
    personId: string,
    page: {
      readonly limit: number;
      readonly after?: string | undefined;
      readonly unread?: boolean | undefined;
    },
  ): Promise<{ readonly items: readonly Notice[]; readonly unread: number }>;
  /** The newest unread message of each of these people that have any, and how many they have. */
  newestNotices(
    personIds: readonly string[],
  ): Promise<
    readonly { readonly personId: string; readonly id: string; readonly unread: number }[]
  >;
  /** Marks a message as read; false when it is none of theirs. */
  readNotice(personId: string, id: string): Promise<boolean>;
  /** Messages that were given up, the oldest first. */
  deadNotices(limit: number): Promise<readonly DeadNotice[]>;
  /** Has given up messages tried again, all of them unless named; how many. */
  resendNotices(ids?: readonly string[]): Promise<number>;
};

/** What the district decides about modes (平战). */
export type DistrictDoor = {
  modes(): Promise<ModesStand>;
  /** Under the same key it is the same proposal. */
  proposeMode(given: {
    readonly body: ModeProposalBody;
    readonly subject: Subject;
    readonly key?: string | undefined;
  }): Promise<ModeView>;
  decideMode(given: {
    readonly id: string;
    readonly decision: 'approve' | 'refuse' | 'withdraw' | 'end';
    readonly subject: Subject;
    readonly reason?: string | undefined;
  }): Promise<ModeView>;
};

/** A row of the live picture, with what `authorize` wants to know of it. */
export type Pictured = {
  readonly id: string;
  readonly custodian: Stage;
  readonly scope: Scoped;
  /** As the API shows it. */
  readonly view: Readonly<Record<string, unknown>>;
  /** For the next page: when it was reported, ms. */
  readonly reportedMs: number;
};

/** One event with its place in the log, and the incident after it. */
export type Shown = {
  readonly position: number;
  readonly event: Pick<IncidentEvent, 'type' | 'recordedAt' | 'occurredAt' | 'version'> & {
    /** The role of who did it. */
    readonly by: string;
  };
  readonly pictured: Pictured;
};
/** The same; the picture is made when it is asked for. */
export type Told = Omit<Shown, 'pictured'> & { pictured(): Pictured };

export type SearchTerms = {
  readonly area?: string | undefined;
  readonly status?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly category?: string | undefined;
  readonly channel?: string | undefined;
  readonly overdue?: boolean | undefined;
  /** A 督办 of it has no reply yet. */
  readonly supervised?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly text?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  readonly after?: { readonly ms: number; readonly id: string } | undefined;
};

/** The live picture. */
export type PictureCalls = {
  find(subject: Subject, terms: SearchTerms): Promise<readonly Pictured[]>;
  get(incidentId: string): Promise<Pictured | undefined>;
  byNumber(number: string): Promise<Pictured | undefined>;
  counts(
    subject: Subject,
  ): Promise<readonly { readonly status: string; readonly overdue: boolean; readonly n: number }[]>;
  /** Open incidents of the same small category close by, reported lately. */
  duplicates(
    incidentId: string,
    body: ReportBody,
  ): Promise<readonly { readonly id: string; readonly number: string; readonly metres: number }[]>;
  /** What a mode (平战) would do to what is open on its ground, if it began now. */
  previewMode(imagined: Pick<ModeActivation, 'mode' | 'areas'>): Promise<ModePreview>;
};

/** Who follows the live picture. */
export type Follower = {
  /** Each event, in the order of positions. */
  told(told: Told): void;
  /** What was between the last event and this position is not to be had: what follows comes behind it. */
  reset(position: number): void;
};

/** What follows the live picture: the position behind which everything is told, until it is stopped. */
export type Following = { readonly from: number; stop(): void };

export type PictureDoor = PictureCalls & {
  /** Begins to tell of all that happens; resolves once nothing is missed any more. */
  follow(follower: Follower): Promise<Following>;
  /** What stands in the log from a position on, at most `limit` events. */
  replay(from: number, limit: number): Promise<readonly Told[]>;
};
