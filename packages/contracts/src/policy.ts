import { z } from 'zod';
import { packSections } from './pack/pack.ts';
import { Instant } from './text.ts';

/**
 * One section of the district's policy, as published. Revisions are 1, 2, 3 … without gaps; sections
 * changed together share an edition, and take effect together, with the last of them.
 */
export const PolicyRevision = z.looseObject({
  type: z.literal('cn.cityloop.policy.section-revised.v1'),
  revision: z.int().positive(),
  edition: z.int().positive(),
  /** The last of its edition: from here on the edition is in force. */
  last: z.boolean(),
  /** A section of the pack, or `activations`: the modes (平战) in force, see `ModeActivations`. */
  section: z.enum([...packSections, 'activations']),
  effectiveFrom: Instant,
  content: z.unknown(),
});
export type PolicyRevision = z.infer<typeof PolicyRevision>;
