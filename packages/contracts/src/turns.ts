import { z } from 'zod';
import { Code, Instant } from './text.ts';

/**
 * With whom the time of an incident can be spent. `waiting` is nobody's turn: time that was approved as
 * waiting (挂账, 等第三方, 恶劣天气), whoever had the incident then.
 */
export const holders = ['district', 'subdistrict', 'unit', 'verification', 'waiting'] as const;
export const Holder = z.enum(holders);
export type Holder = z.infer<typeof Holder>;

export const holderNames: Readonly<Record<Holder, string>> = {
  district: '区中心',
  subdistrict: '街镇中心',
  unit: '单位',
  verification: '核查',
  waiting: '报告人/等待',
};

/** From when on the incident was with whom, until the next turn begins or the round ends. */
export const Turn = z.object({
  from: Instant,
  by: z.enum(['district', 'subdistrict', 'unit', 'verification']),
  /** The centre or unit. */
  id: Code,
});
export type Turn = Readonly<z.infer<typeof Turn>>;

const ms = z.int().nonnegative();

/** What one holder used of the whole, and what of that was after the deadline. */
export const Share = z.object({
  holder: Holder,
  /** Wall time, milliseconds. */
  ms,
  /** Of it after the whole was due. */
  lateMs: ms,
  /** By centre or unit, the first to have it first; what was waited, by who had it meanwhile. */
  by: z.array(z.object({ id: z.string(), ms, lateMs: ms })),
});

/**
 * One round of an incident, from the start of its end-to-end clock to its stop, split by who had it when:
 * the parts add up to `wholeMs` and to `lateMs`, to the millisecond.
 */
export const Attribution = z.object({
  from: Instant,
  /** Where the clock stopped, or until when was looked. */
  to: Instant,
  dueAt: Instant,
  wholeMs: ms,
  lateMs: ms,
  /** Of those who had it at all, in the order of `holders`. */
  parts: z.array(Share),
});
export type Attribution = Readonly<z.infer<typeof Attribution>>;
