import type { Incident } from './incident.ts';

/** What the report says of an arm, and how its own process gets it: no process loads another's code. */
export type Entry<Arm> = { readonly name: string; load(): Promise<Arm> };

/** One way to carry incidents through the loop; it brings its own servers, on folders of its own. */
export type LoopArm = {
  /** Versions of the servers behind it, for the line about the machine. */
  servers(): readonly string[];
  /** Of the Node processes behind it, what each is, by process id; where it has more than its own. */
  processes?(): ReadonlyMap<number, string>;
  /** Starts servers and workers. Calls `done` once for every incident whose last step is stored. */
  start(done: (id: string) => void): Promise<void>;
  /** Hands incidents in, in the way the arm takes many (or one) best; resolves when they are taken. */
  submit(incidents: readonly Incident[]): Promise<void>;
  /** Resolves when whatever runs behind the last step (a read model) has caught up. */
  drained(): Promise<void>;
  /** Steps stored since the start. */
  stepsDone(): Promise<number>;
  /** Stops everything it started. Idempotent, also after a start that failed half-way. */
  stop(): Promise<void>;
};

/** One HTTP server that takes incidents in, and what a client must send to it. */
export type IntakeArm = {
  start(): Promise<Target>;
  stop(): Promise<void>;
};

/**
 * Where the load goes. The requests take the bodies in turn; in body and headers `{id}` stands for a
 * number of the request's own, `{a}` and `{b}` for four digits each that scatter evenly.
 */
export type Target = {
  readonly host: string;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** At least one; of a GET it is not sent. */
  readonly bodies: readonly string[];
};

/** This machine lacks what an arm needs: the arm is left out, the others run. */
export class ArmUnavailable extends Error {}
