import type { Counting } from './plain-calendar.ts';
import { type Kept, plannedAnew, type Step } from './plain-clock.ts';
import type { ToldPause } from './told.ts';

type Span = { readonly fromMs: number; readonly toMs: number };

const spanOf = ({ from, endedAt }: ToldPause, nowMs: number): Span => ({
  fromMs: Date.parse(from),
  toMs: endedAt === undefined ? nowMs : Date.parse(endedAt),
});

function cut(span: Span, by: Span): Span[] {
  if (by.toMs <= span.fromMs || by.fromMs >= span.toMs) return [span];
  return [
    { fromMs: span.fromMs, toMs: by.fromMs },
    { fromMs: by.toMs, toMs: span.toMs },
  ].filter(({ fromMs, toMs }) => fromMs < toMs);
}

const cutAll = (span: Span, all: readonly Span[]): Span[] =>
  all.reduce((left, one) => left.flatMap((part) => cut(part, one)), [span]);

/**
 * A pause that was taken back held up nothing: what nothing else held up meanwhile is counted again.
 * `others` are the pauses of the clock that stand.
 */
function strike(
  kept: Kept,
  gone: ToldPause,
  others: readonly ToldPause[],
  nowMs: number,
  count: Counting,
): void {
  const spans = others.map((pause) => spanOf(pause, nowMs));
  const taken = cutAll(spanOf(gone, nowMs), spans);
  const steps = kept.steps.flatMap((step): Step[] =>
    step.kind === 'given'
      ? [step]
      : cutAll(step, taken).map(({ fromMs, toMs }) => ({ kind: 'stood', fromMs, toMs })),
  );
  const open = others.filter((pause) => pause.endedAt === undefined);
  const standsMs = Math.min(...open.map((pause) => Date.parse(pause.from)));
  const stands = kept.standsMs === undefined || open.length === 0 ? undefined : standsMs;
  const same = JSON.stringify(steps) === JSON.stringify(kept.steps);
  if (same && stands === kept.standsMs) return;
  kept.standsMs = stands;
  kept.steps.splice(0, kept.steps.length, ...steps);
  plannedAnew(kept, count, count.urgent);
}

/** Takes pauses back on every clock they held up. */
export function strikeAll(
  book: ReadonlyMap<string, Kept>,
  gone: readonly ToldPause[],
  all: readonly ToldPause[],
  nowMs: number,
  count: (kept: Kept) => Counting,
): void {
  const others = all.filter((pause) => pause.revokedAt === undefined);
  for (const pause of gone) {
    for (const name of pause.clocks) {
      const kept = book.get(name);
      const also = others.filter((p) => p.clocks.includes(name));
      if (kept !== undefined) strike(kept, pause, also, nowMs, count(kept));
    }
  }
}

/**
 * A pause granted after the clock came due, from a time before that: what was marked since never was. What is
 * bound by an instant upstream came due all the same, for no pause of ours moves that.
 */
export function unmarkedAfter(kept: Kept, ms: number): void {
  if (kept.boundMs !== undefined) return;
  if (kept.redMs !== undefined && kept.redMs > ms) kept.redMs = undefined;
  if (kept.amberMs !== undefined && kept.amberMs > ms) kept.amberMs = undefined;
}
