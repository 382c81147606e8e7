import type { NewEvent, Stage } from '@cityloop/contracts';

type Everywhere =
  | 'noted'
  | 'supplemented'
  | 'amended'
  | 'urged'
  | 'supervised'
  | 'supervision-replied'
  | 'supervision-withdrawn'
  | 'absorbed'
  | 'released'
  | 'application-withdrawn'
  | 'clock-overdue'
  | 'replanned'
  | 'went-live'
  | 'demand-withdrawn'
  | 'withdrawn';

/** An event in the custodian's own name (`handling.noted`); its schema is the same under each name. */
export function named(stage: Stage, name: Everywhere, data: object): NewEvent {
  // The engine parses what it encodes in the simulation and in every test of a stage.
  return { type: `${stage}.${name}`, data } as NewEvent;
}
