import { z } from 'zod';
import { PackId, PackText } from './vocabulary.ts';

/** The lists a reason code is looked up in; an act without its list could not be given a reason. */
export const reasonActs = [
  'decline',
  'return',
  'cancel',
  'reopen',
  'recall',
  'amend',
  'withdraw',
  'rework',
  'fault',
  'escalate',
  'suspension',
  'extension',
  'supervise',
  'dissatisfaction',
] as const;
export const ReasonAct = z.enum(reasonActs);
export type ReasonAct = z.infer<typeof ReasonAct>;

/** What a refusal says of the case itself: a real one, none, one that is here already, not the city's. */
export const Validity = z.enum(['valid', 'invalid', 'duplicate', 'out-of-scope']);
export type Validity = z.infer<typeof Validity>;

/** The acts by which somebody refuses a case; each of their reasons has a validity. */
export const refusals = ['decline', 'return', 'recall', 'cancel'] as const satisfies ReasonAct[];

export const PackReason = z.strictObject({
  code: PackId,
  text: PackText,
  kind: z.enum(['not-accepted', 'not-filed']).exactOptional().meta({
    description: 'Of a decline: 不予受理 (out of scope) or 不予立案 (condition not met).',
  }),
  validity: Validity.exactOptional().meta({
    description: 'Of a decline, return, recall or cancel: what it says of the case itself.',
  }),
});
export type PackReason = Readonly<z.infer<typeof PackReason>>;

export const PackReasons = z
  .record(ReasonAct, z.array(PackReason).min(1).readonly())
  .meta({ description: 'The reason lists by act.' });
export type PackReasons = Readonly<z.infer<typeof PackReasons>>;
