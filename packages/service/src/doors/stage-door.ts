import type { Incident } from '@cityloop/contracts';
import type {
  Answer,
  AwaitingFilter,
  BoardEntry,
  BoardFilter,
  Command,
  HeldFilter,
  HeldRow,
  KnownKey,
  LampCount,
  ParkedRecord,
  Whereabouts,
} from '@cityloop/stage';

/** What one part of the system wants of an incident's holder; the same key at every try. */
export type GivenAsk = {
  readonly incidentId: string;
  readonly verb: string;
  readonly body: unknown;
  readonly key: string;
  /** For an import: it is part of the history that is told. */
  readonly importing?: boolean | undefined;
};

/** What a loop service does for others, wherever it runs. */
export type StageCalls = {
  /** A person's command; the subject `system` is refused. */
  command(command: Command): Promise<Answer>;
  /** Another service's, done as `system`. */
  ask(ask: GivenAsk): Promise<Answer>;
  whereabouts(incidentId: string): Promise<Whereabouts | undefined>;
  /** Who has the incident at which version, as far as this service knows. */
  row(incidentId: string): Promise<Pick<Whereabouts, 'custodian' | 'version'> | undefined>;
  /** The incident as this service handed it over last; undefined while it holds it, or never did. */
  handedOver(incidentId: string): Promise<Incident | undefined>;
  /** The versions it has of these incidents; those never seen here are left out. */
  versions(incidentIds: readonly string[]): Promise<readonly (readonly [string, number])[]>;
  /** What it answered to commands with these keys, as far as it still knows. */
  answers(keys: readonly string[]): Promise<readonly (readonly [string, KnownKey])[]>;
  held(filter: HeldFilter): Promise<readonly HeldRow[]>;
  awaiting(filter: AwaitingFilter): Promise<readonly HeldRow[]>;
  /** What it holds by when it is due, the earliest first. */
  countdown(filter: BoardFilter & { readonly limit: number }): Promise<readonly BoardEntry[]>;
  /** How much of what it holds bears which lamp, by centre and unit. */
  lamps(filter: BoardFilter): Promise<readonly LampCount[]>;
  /** Records it had to set aside, the oldest first. */
  parked(limit: number): Promise<readonly ParkedRecord[]>;
  /** Takes what was set aside of one incident; how many records. */
  replay(incidentId: string): Promise<number>;
};

export type StageDoor = StageCalls & {
  /** Works waiting for a batch here: what load is shed by. */
  backlog(): number;
};
