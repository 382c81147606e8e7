import { type Clock, isRunning } from '@cityloop/calendar';
import type { Incident } from '@cityloop/contracts';
import { fromIso, toIso } from '@cityloop/kernel';
import type { Step } from './history.ts';

export type Found = (what: string) => void;

/** A mark as an event tells it: which clock, which lamp, and the instant it marks. */
export type Mark = {
  readonly clock: keyof Incident['clocks'];
  readonly lamp: 'amber' | 'red';
  readonly at: string;
};

/** The mark an event tells of, if it is one. */
export function markOf({ event }: Step): Mark | undefined {
  const amber = event.type.endsWith('.clock-warned');
  if (!amber && !event.type.endsWith('.clock-overdue')) return undefined;
  // The name behind the dot says which data it is, whatever the stage.
  const { clock, dueAt, amberAt } = event.data as unknown as {
    readonly clock: Mark['clock'];
    readonly dueAt: string;
    readonly amberAt?: string;
  };
  return { clock, lamp: amber ? 'amber' : 'red', at: amber ? (amberAt ?? '') : dueAt };
}

/**
 * I6 of one mark: a clock that runs, in time, once a clock, epoch and lamp, the red one last. `marked`
 * remembers the marks of the history so far.
 */
export function checkMark(step: Step, mark: Mark, marked: Set<string>, found: Found): void {
  if (step.before === undefined) return;
  const clock = step.before.clocks[mark.clock];
  if (clock === undefined) {
    found(`marks the clock ${mark.clock}, which does not run`);
    return;
  }
  checkOnce(clock, mark, marked, found);
  if (!isRunning(clock)) found(`marks ${mark.clock}, which stands still`);
  const dueAt = (mark.lamp === 'red' ? clock.dueAt : clock.warnAt) ?? '';
  if (mark.at !== dueAt) found(`marks ${mark.clock} at ${mark.at}, due ${dueAt}`);
  if (step.atMs < fromIso(mark.at)) {
    found(`marks ${mark.clock} at ${toIso(step.atMs)}, before it was due at ${mark.at}`);
  }
  if (bears(step.after.clocks[mark.clock], mark) === undefined) {
    found(`marks ${mark.clock}, but leaves it without its mark`);
  }
}

function checkOnce(clock: Clock, mark: Mark, marked: Set<string>, found: Found): void {
  const { lamp } = mark;
  const id = `${mark.clock}/${clock.epoch}`;
  if (marked.has(`${id}/${lamp}`) || bears(clock, mark) !== undefined) {
    found(`marks ${mark.clock} of epoch ${clock.epoch} a second time`);
  }
  const awaitsAmber = clock.warnAt !== undefined && clock.amberAt === undefined;
  if (lamp === 'red' && awaitsAmber) found(`turns ${mark.clock} red before it was amber`);
  if (lamp === 'amber' && clock.redAt !== undefined) found(`warns of ${mark.clock}, red already`);
  marked.add(`${id}/${lamp}`);
}

function bears(clock: Clock | undefined, { lamp }: Mark): string | undefined {
  return lamp === 'red' ? clock?.redAt : clock?.amberAt;
}
