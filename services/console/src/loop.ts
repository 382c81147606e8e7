import type {
  Caller,
  DistrictPack,
  Incident,
  IncidentEvent,
  ReportBody,
  Stage,
  Subject,
} from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import type { Policy, Scoped } from '@cityloop/incident';
import type {
  Answer,
  AwaitingFilter,
  Command,
  HeldFilter,
  HeldRow,
  ParkedRecord,
  Whereabouts,
} from '@cityloop/stage';

/** One loop service as the gateway knows it. */
export type StageDoor = {
  command(command: Command): Promise<Answer>;
  whereabouts(incidentId: string): Promise<Whereabouts | undefined>;
  /** Who has the incident at which version, as far as this service knows. */
  row(incidentId: string): Promise<Pick<Whereabouts, 'custodian' | 'version'> | undefined>;
  held(filter: HeldFilter): Promise<readonly HeldRow[]>;
  awaiting(filter: AwaitingFilter): Promise<readonly HeldRow[]>;
  /** Works waiting for a batch: what load is shed by. */
  backlog(): number;
  /** Records it had to set aside, the oldest first. */
  parked(limit: number): Promise<readonly ParkedRecord[]>;
  /** Takes what was set aside of one incident; how many records. */
  replay(incidentId: string): Promise<number>;
};

export type Taken = Answer & { readonly repeat?: 'supplemented' | 'reopened' | undefined };

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

/** One event with the state after it and its place in the log. */
export type Told = {
  readonly position: number;
  readonly event: IncidentEvent;
  readonly after: Incident;
};

export type SearchTerms = {
  readonly area?: string | undefined;
  readonly status?: readonly string[] | undefined;
  readonly unit?: string | undefined;
  readonly category?: string | undefined;
  readonly channel?: string | undefined;
  readonly overdue?: boolean | undefined;
  readonly open?: boolean | undefined;
  readonly text?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  readonly after?: { readonly ms: number; readonly id: string } | undefined;
};

export type Disclosed = {
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly original?: string | undefined;
};

/** Everything behind the gateway, whether it stands in this process or in others. */
export type Loop = {
  readonly stages: Readonly<Record<Stage, StageDoor>>;
  report(given: {
    readonly body: ReportBody;
    /** Words that were masked in it but for the description's, as they were: for the vault. */
    readonly original?: string | undefined;
    readonly subject: Subject;
    readonly key?: string | undefined;
    readonly traceparent?: string | undefined;
  }): Promise<Taken>;
  reveal(look: {
    readonly incidentId: string;
    /** Those its demands know their callers by. */
    readonly tokens: readonly string[];
    readonly subjectId: string;
    readonly role: string;
    readonly purpose: string;
  }): Promise<readonly (Disclosed & { readonly token: string })[]>;
  /** Masks telephone and identity numbers in what people wrote. */
  mask(text: string): string;
  /**
   * Keeps in the vault what must not stand in an event; durable when it resolves. Under the same key it
   * is the same entry.
   */
  keep(
    secret: Disclosed & { readonly incidentId: string; readonly key?: string | undefined },
  ): Promise<Caller>;
  /** The events of an incident as recorded, from the ledger. */
  history(incidentId: string, fromVersion: number, limit: number): Promise<readonly string[]>;
  readonly picture: {
    find(subject: Subject, terms: SearchTerms): Promise<readonly Pictured[]>;
    get(incidentId: string): Promise<Pictured | undefined>;
    byNumber(number: string): Promise<Pictured | undefined>;
    counts(subject: Subject): Promise<readonly { status: string; overdue: boolean; n: number }[]>;
    /** Open incidents of the same small category close by, reported lately. */
    duplicates(
      incidentId: string,
      body: ReportBody,
    ): readonly { id: string; number: string; metres: number }[];
    /** Each event as it is read, in log order, with the state after it; may tell one twice. */
    onEvent(listen: (event: IncidentEvent, after: Incident, position: number) => void): () => void;
    /** The same from the log, from a position on, at most `limit`. */
    replay(from: number, limit: number): Promise<readonly Told[]>;
    /** An incident as the picture shows it. */
    show(incident: Incident): Pictured;
  };
  readonly log: Pick<EventLog, 'read' | 'ends'>;
  policy(): Policy;
  pack(): DistrictPack;
};
