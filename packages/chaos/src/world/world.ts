import type { Fault, Targets } from '../plan/plan.ts';

/** A system under test: where its clients come in, and what can be done to it. */
export type World = AsyncDisposable & {
  /** Of the gateways. */
  readonly urls: readonly string[];
  /** Its database, by a way that no fault touches; without one only the answers can be checked. */
  readonly databaseUrl: string | undefined;
  readonly targets: Targets;
  /** What cannot be done to it here, and why, each in a line. */
  readonly notHere: readonly string[];
  /** Does it, and resolves when it is healed. */
  inflict(fault: Fault): Promise<void>;
  /** What is not ready at the moment. */
  notReady(): Promise<readonly string[]>;
};
