import type { Incident, IncidentCommand, NewEvent, Stage } from '@cityloop/contracts';
import type { Context, StageDue } from '@cityloop/incident';

/** What a service wants of an incident that another one holds. */
export type Ask = {
  readonly incidentId: string;
  readonly verb: 'absorb' | 'release' | 'supplement' | 'urge' | 'supervise' | 'reopen';
  readonly body: object;
};

/** The rules of one stage: pure, without a clock, a database or a network. */
export type StageRules = {
  readonly stage: Stage;
  /**
   * The facts a command leads to; refuses with a `RuleViolation`. Commands every custodian takes are
   * decided before this is asked.
   */
  decide(command: IncidentCommand, incident: Incident, ctx: Context): readonly NewEvent[];
  /** What the stage does of itself when it takes an incident (routing rows that say `auto`). */
  arrive?(incident: Incident, ctx: Context): readonly NewEvent[];
  /** What the stage does of itself when a time comes. */
  readonly due?: StageDue;
  /** What an event of ours makes us ask of another incident's holder. */
  asks?(event: NewEvent, incident: Incident): readonly Ask[];
};
