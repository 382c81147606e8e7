import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { decodeEvent, encodeEvent, type IncidentEvent } from '@cityloop/contracts';
import type { JsonObject } from '@cityloop/contracts/published';
import { z } from 'zod';
import { chooseStretches, type Stretch, wholeLoop } from './recording.ts';
import { shapesOf } from './shapes.ts';
import { simulate } from './simulate.ts';
import { toldHistories } from './told-histories.ts';

/** Enough stories for the rarest fact to happen; they take about ten seconds. */
const SEEDS = 600;

const folder = new URL('../../contracts/recordings/', import.meta.url);

const Entry = z.strictObject({
  file: z.string(),
  /** The build it was made with. */
  commit: z.string(),
  /** Of the schemas of that build; recordings older than the first publication have none. */
  schemas: z.string().optional(),
});
export type Entry = z.infer<typeof Entry>;

/** The recordings there are, oldest first. */
export function recordings(): readonly Entry[] {
  return z.array(Entry).parse(JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')));
}

/** The events of a recording as they were written, in stretches of one incident each. */
export function linesOf({ file }: Entry): string[] {
  return readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n');
}

/** Equal for equal schemas, whatever is said about them. */
export function digestOf(schemas: JsonObject): string {
  const bare = JSON.stringify(schemas, (name, value: unknown) =>
    (name === 'description' || name === 'title') && typeof value === 'string' ? undefined : value,
  );
  return hash('sha256', bare, 'hex').slice(0, 16);
}

/** The stretches a recording consists of: one begins wherever the version is not the next one. */
export function stretchesIn(events: readonly IncidentEvent[]): Stretch[] {
  const stretches: IncidentEvent[][] = [];
  for (const event of events) {
    const before = stretches.at(-1)?.at(-1);
    const goesOn = before?.incidentId === event.incidentId && before.version + 1 === event.version;
    if (goesOn) stretches.at(-1)?.push(event);
    else stretches.push([event]);
  }
  return stretches;
}

/** The shapes of recorded events; those that cannot be read show none. */
function shapesIn(entries: readonly Entry[]): ReadonlySet<string> {
  const decoded = entries.flatMap(linesOf).map(decodeEvent);
  return new Set(decoded.flatMap((one) => (one.kind === 'event' ? [...shapesOf(one.event)] : [])));
}

/**
 * Plays stories with today's rules and engine, and keeps of what they recorded a small part that shows
 * every shape no recording has yet; a whole incident when there is none. Answers how many events.
 */
export async function record(commit: string, schemas: JsonObject): Promise<number> {
  const histories = [...toldHistories()];
  for (let seed = 1; seed <= SEEDS; seed++) histories.push(...(await simulate(seed)).histories);
  const file = `${new Date().toISOString().slice(0, 10)}-${commit}.ndjson`;
  const others = recordings().filter((entry) => entry.file !== file);
  const news = chooseStretches(histories, shapesIn(others)).flat();
  const kept = news.length > 0 ? news : wholeLoop(histories);
  const entries = [...others, { file, commit, schemas: digestOf(schemas) }];
  writeFileSync(new URL(file, folder), kept.map((event) => `${encodeEvent(event)}\n`).join(''));
  writeFileSync(new URL('index.json', folder), `${JSON.stringify(entries, null, 2)}\n`);
  return kept.length;
}
