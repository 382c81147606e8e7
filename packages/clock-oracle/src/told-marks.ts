import type { About } from './oracle.ts';
import { dueOf, type Kept } from './plain-clock.ts';
import type { ToldClock } from './told.ts';

const msOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

/** What a clock as told says of its marks that is not so. A mark goes with the instant it marked. */
export function toldMarkFaults(
  kept: Kept,
  { warnAt, amberAt, redAt }: ToldClock,
): readonly (readonly [what: string, about: About])[] {
  const faults: [string, About][] = [];
  if (kept.warnShare !== undefined && msOf(warnAt) !== kept.warnMs) {
    faults.push([`warns at ${iso(kept.warnMs)}, not at ${warnAt}`, 'deadline']);
  }
  if (kept.redMs !== dueOf(kept)) kept.redMs = undefined;
  for (const [mark, told, markedMs] of [
    ['amber', amberAt, kept.amberMs],
    ['red', redAt, kept.redMs],
  ] as const) {
    if (msOf(told) === markedMs) continue;
    const marked = markedMs === undefined ? 'it has no such mark' : `marked for ${iso(markedMs)}`;
    faults.push([`is ${mark} at ${told ?? 'no time'}, but ${marked}`, 'mark']);
  }
  return faults;
}
