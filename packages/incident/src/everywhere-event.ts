import type { CommonFact, NewEvent, Stage } from '@cityloop/contracts';

/** An event in the custodian's own name (`handling.noted`); its schema is the same under each name. */
export function named(stage: Stage, name: CommonFact, data: object): NewEvent {
  // The engine parses what it encodes in the simulation and in every test of a stage.
  return { type: `${stage}.${name}`, data } as NewEvent;
}
