import { z } from 'zod';
import { Limit } from './limits.ts';

/** The clocks of an incident, in the order in which marks of one instant are recorded. */
export const ClockKind = z.enum([
  'end-to-end',
  'accept',
  'dispatch',
  'receive',
  'first-contact',
  'handle',
  'verify',
  'call-back',
  'rework',
  'ruling',
]);
export type ClockKind = z.infer<typeof ClockKind>;

/** What a clock goes by in its book: its kind, or the unit whose assistance (协办) it times. */
export const ClockName = z.union([ClockKind, z.templateLiteral(['assist:', z.string().min(1)])]);
export type ClockName = z.infer<typeof ClockName>;

// One spelling, UTC to the millisecond: such texts compare as the instants do.
const Instant = z.iso.datetime({ precision: 3 });

const Stretch = z.object({ from: Instant, to: Instant });

const Extension = z.object({
  from: Instant.meta({ description: 'Due instant before.' }),
  to: Instant.meta({ description: 'Due instant after.' }),
  ms: z.int().nonnegative().meta({
    description: 'What was added, in the time the clock counts: open or, when urgent, wall time.',
  }),
  mode: z.literal(true).exactOptional().meta({
    description: 'Given because a mode began or ended; the next one takes it back.',
  }),
});

/**
 * One clock, with all that its due instant was computed from: `limit` (plus `extensions`) of the
 * time of `calendar` after `startedAt`, the `pauses` left out. Running unless `pausedAt` or
 * `stoppedAt` is there.
 */
export const Clock = z.object({
  epoch: z.int().positive().meta({
    description: 'Counts the re-settings of the due instant; an alarm of an older epoch is void.',
  }),
  limit: Limit,
  calendar: z.string().min(1).meta({ description: 'Id of the calendar the limit runs on.' }),
  revision: z.int().nonnegative().meta({ description: 'Policy revision the limit came from.' }),
  basis: z.string().min(1).meta({
    description:
      'Where the due instant comes from: `standard:<row>`, `default:<clock>`, or what binds it.',
  }),
  mode: z.string().min(1).exactOptional().meta({
    description: 'The activation of a mode (平战) by which the limit is not the ordinary one.',
  }),
  startedAt: Instant,
  firstDueAt: Instant.meta({ description: 'As first promised; never changes.' }),
  dueAt: Instant.meta({
    description: 'While paused: as it stood when the pause began, or the instant that binds it.',
  }),
  bound: z
    .object({ at: Instant, basis: z.string().min(1), ownBasis: z.string().min(1) })
    .exactOptional()
    .meta({
      description: 'An instant it must not pass; `ownBasis`: where its own limit came from.',
    }),
  warnAt: Instant.exactOptional().meta({
    description:
      'When the amber mark falls due: `warnShare` of the limit and its extensions has been counted by then, or of the time to the instant that binds. None in clocks set by builds that did not warn.',
  }),
  warnShare: z.number().min(0.01).max(0.99).exactOptional(),
  provisional: z.literal(true).exactOptional().meta({
    description: 'Years without holiday data took part; recomputed when they are known.',
  }),
  remainingMs: z.int().nonnegative().exactOptional().meta({
    description: 'Only while paused: open or, when urgent, wall milliseconds still left.',
  }),
  pausedAt: Instant.exactOptional(),
  amberAt: Instant.exactOptional().meta({
    description: '`warnAt` as it passed; recorded once an epoch, before the red mark.',
  }),
  redAt: Instant.exactOptional().meta({
    description: 'The due instant that passed; recorded once an epoch.',
  }),
  stoppedAt: Instant.exactOptional(),
  verdict: z.enum(['on-time', 'late']).exactOptional(),
  struck: z
    .object({ dueAt: Instant, verdict: z.enum(['on-time', 'late']).exactOptional() })
    .exactOptional()
    .meta({ description: 'What it was before a pause was taken back (revoked).' }),
  pauses: z.array(Stretch).readonly().exactOptional().meta({
    description: 'Ended stretches that moved the due instant, in order; they do not overlap.',
  }),
  extensions: z.array(Extension).readonly().exactOptional(),
});
export type Clock = Readonly<z.infer<typeof Clock>>;

/** The clocks of an incident, at most one of a name; part of its state and its dossier. */
export type ClockBook = { readonly [K in ClockKind]?: Clock } & {
  readonly [assist: `assist:${string}`]: Clock;
};
// A partial record's type has `undefined` under open keys; none is ever parsed.
export const ClockBook = z.partialRecord(ClockName, Clock) as unknown as z.ZodType<ClockBook>;

/** Why a clock may stand still. */
export const PauseKind = z.enum([
  'fact-check',
  'verify',
  'return-ruling',
  'suspension',
  'third-party',
  'weather',
]);
export type PauseKind = z.infer<typeof PauseKind>;

/** One line of the ledger of pauses: open until `endedAt` is there. */
export const Pause = z.object({
  id: z.string().min(1),
  kind: PauseKind,
  clocks: z.array(ClockName).readonly(),
  from: Instant,
  until: Instant.exactOptional().meta({ description: 'Ends by itself at this instant.' }),
  endedAt: Instant.exactOptional(),
  by: z.string().exactOptional().meta({ description: 'Who paused it, or applied for it.' }),
  reason: z.string().exactOptional(),
  approvedBy: z.array(z.string()).readonly().exactOptional().meta({
    description: 'Who agreed to it, in order.',
  }),
  centreId: z.string().exactOptional().meta({ description: 'The centre that granted it.' }),
  revokedAt: Instant.exactOptional().meta({
    description: 'Taken back: its clocks are computed as if it had never been.',
  }),
  revokedBy: z.string().exactOptional(),
});
export type Pause = Readonly<z.infer<typeof Pause>>;
