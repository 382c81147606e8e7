import { z } from 'zod';
import { Code, Instant } from './text.ts';

/** How an incident came in; `design.md` section 11. */
export const channels = [
  'grid-worker',
  'hotline-12345',
  'citizen-app',
  'sensor',
  'video',
  'community',
  'walk-in',
  'transfer',
  'open311',
] as const;
export const Channel = z.enum(channels);
export type Channel = z.infer<typeof Channel>;

/** 满意度, as the caller tells it or as the unit heard it. */
export const Satisfaction = z.enum(['satisfied', 'fair', 'neutral', 'dissatisfied']);

export const CallBack = z.object({
  at: Instant,
  by: Code,
  reached: z.boolean(),
  resolved: z.boolean().optional(),
  satisfaction: Satisfaction.optional(),
  reasonCode: z.string().optional(),
});

/** One caller's wish. The person behind it is known to the vault only, by `caller`. */
export const Demand = z.object({
  id: z.string(),
  channel: Channel,
  externalNumber: z.string().optional(),
  receivedAt: Instant,
  upstreamDueAt: Instant.optional(),
  wantsReply: z.boolean(),
  /** Who gave it to us, by id: the caller themselves where they have an account. */
  by: z.string().optional(),
  caller: z.string().optional(),
  /** The caller's pseudonym: equal for equal telephone numbers, made in the vault. */
  pseudonym: z.string().optional(),
  anonymous: z.boolean().optional(),
  confidential: z.boolean().optional(),
  answeredAt: Instant.optional(),
  callBacks: z.array(CallBack).optional(),
  urged: z.number().int().optional(),
});
export type Demand = z.infer<typeof Demand>;
