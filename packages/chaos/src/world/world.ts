import type { Fault, Targets } from '../plan/plan.ts';

export type WorldData = {
  readonly databaseUrl: string;
  /** Of the Kafka whose topic is checked, too. */
  readonly brokers: string | undefined;
  /** Where the sources of the build stand that wrote last, and can read all of it. */
  build(): string;
};

/** A system under test: where its clients come in, and what can be done to it. */
export type World = AsyncDisposable & {
  /** Of the gateways. */
  readonly urls: readonly string[];
  /** How its data is looked at, by ways no fault touches any more; without it only answers are checked. */
  readonly data: WorldData | undefined;
  readonly targets: Targets;
  /** What cannot be done to it here, and why, each in a line. */
  readonly notHere: readonly string[];
  /** Does it, and resolves when it is healed. */
  inflict(fault: Fault): Promise<void>;
  /** What is not ready at the moment. */
  notReady(): Promise<readonly string[]>;
};
