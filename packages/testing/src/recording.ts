import { encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import { shapesOf } from './shapes.ts';

/** One stretch of an incident's history that begins where its state can be had: see `fold`. */
export type Stretch = readonly IncidentEvent[];

const carriesState = ({ data }: IncidentEvent): boolean => 'dossier' in data || 'incident' in data;

/** An event with what has to be known of it to choose it. */
type Candidate = {
  readonly event: IncidentEvent;
  readonly shapes: ReadonlySet<string>;
  readonly bytes: number;
};

const candidate = (event: IncidentEvent): Candidate => ({
  event,
  shapes: shapesOf(event),
  bytes: encodeEvent(event).length,
});

const newIn = ({ shapes }: Candidate, seen: ReadonlySet<string>): string[] =>
  [...shapes].filter((shape) => !seen.has(shape));

/** The history cut before each event that brings the whole state with it. */
function stretchesOf(history: readonly IncidentEvent[]): readonly Candidate[][] {
  const starts = history.flatMap((event, n) => (carriesState(event) ? [n] : []));
  return starts.map((start, n) => history.slice(start, starts[n + 1]).map(candidate));
}

/** Without the tail that shows nothing new. */
function upToNews(stretch: readonly Candidate[], seen: ReadonlySet<string>): readonly Candidate[] {
  return stretch.slice(0, stretch.findLastIndex((one) => newIn(one, seen).length > 0) + 1);
}

/** How many new shapes a byte. */
function worthOf(stretch: readonly Candidate[], seen: ReadonlySet<string>): number {
  const news = new Set(stretch.flatMap((one) => newIn(one, seen)));
  return news.size / stretch.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * A small part of many histories that shows every shape that occurs in them and is not known yet: the
 * best stretch for its size again and again, until nothing new is left.
 */
export function chooseStretches(
  histories: readonly (readonly IncidentEvent[])[],
  known: ReadonlySet<string>,
): readonly Stretch[] {
  const seen = new Set(known);
  const chosen: Stretch[] = [];
  let left: readonly (readonly Candidate[])[] = histories.flatMap(stretchesOf);
  for (;;) {
    left = left.map((stretch) => upToNews(stretch, seen)).filter(({ length }) => length > 0);
    const worths = left.map((stretch) => worthOf(stretch, seen));
    const best = left[worths.indexOf(worths.reduce((a, b) => Math.max(a, b), 0))];
    if (best === undefined) return chosen;
    chosen.push(best.map(({ event }) => event));
    for (const { shapes } of best) for (const shape of shapes) seen.add(shape);
  }
}

/** The smallest history that goes from the report to the archive. */
export function wholeLoop(histories: readonly (readonly IncidentEvent[])[]): Stretch {
  const whole = histories.filter((history) => history.at(-1)?.type === 'archive.archived');
  const [smallest] = whole.toSorted((a, b) => a.length - b.length);
  if (smallest === undefined) throw new RangeError('no incident has come to the archive');
  return smallest;
}
