import { ClockBook, Pause } from '@cityloop/calendar';
import { z } from 'zod';
import { Evidence, Incident } from './incident.ts';
import { Actor } from './people.ts';
import { cleanText } from './text.ts';

/** What any act may carry: who, the words, evidence, and every clock and pause it changed. */
const act = {
  by: Actor,
  text: cleanText(4_000).optional(),
  evidence: z.array(Evidence).optional(),
  /** Clocks after the act, those it changed only; each with its basis, so it can be explained. */
  clocks: ClockBook.optional(),
  /** The whole pause ledger after the act, when the act changed it. */
  pauses: z.array(Pause).optional(),
  /** The key of the command that led here, so that a repeat is recognised after the hand-over. */
  key: z.string().optional(),
};
type Act = typeof act;
type Facts<Shape extends z.ZodRawShape> = Readonly<z.infer<z.ZodObject<Act & Shape>>>;

/** A fact that leaves custody where it is. */
// Members a newer build added are kept (loose), but no code of ours sees them (the type).
export function fact<const Shape extends z.ZodRawShape>(shape: Shape): z.ZodType<Facts<Shape>> {
  return z.looseObject({ ...act, ...shape }) as unknown as z.ZodType<Facts<Shape>>;
}

/**
 * A hand-over carries the dossier as it stands after the act. Optional in the type only: rules decide
 * on the facts, the engine adds the dossier; on the wire it is always there.
 */
export function handOver<const Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodType<Facts<Shape> & { readonly dossier?: Incident }> {
  return z.looseObject({ ...act, ...shape, dossier: Incident }) as unknown as z.ZodType<
    Facts<Shape> & { readonly dossier?: Incident }
  >;
}
