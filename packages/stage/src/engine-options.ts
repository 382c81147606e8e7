import type { Stage } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import type { StageRules } from './rules.ts';
import type { BatchProbe } from './run-batch.ts';
import type { KnownKey, StageStore } from './store.ts';
import type { Timing } from './timing.ts';
import type { Work } from './work.ts';

/** What the engine tells whoever watches it; all synchronous and cheap. */
export type StageProbe = BatchProbe & {
  refused(error: unknown): void;
  failed(error: unknown): void;
};

export type EngineOptions = {
  readonly rules: StageRules;
  readonly store: StageStore;
  /** The policy in force; asked once a batch. */
  policy(): Policy;
  /** Which stage holds an incident this one has not got; undefined when there is no such incident. */
  locate?(incidentId: string): Promise<{ custodian: Stage; version: number } | undefined>;
  /** What the other stages answered to commands with these keys, as far as they still have it. */
  answeredElsewhere?(keys: readonly string[]): Promise<ReadonlyMap<string, KnownKey>>;
  /** Puts an arrival aside that the database refuses for good; durable when it resolves. */
  setAside?(arrival: Extract<Work, { kind: 'arrival' }>, cause: unknown): Promise<void>;
  readonly probe?: StageProbe;
  /** How long a command waits for a hand-over that is on its way, ms; 2 s unless told. */
  readonly transitMs?: number;
  /** The machine's own time unless told otherwise. */
  readonly timing?: Timing;
};
