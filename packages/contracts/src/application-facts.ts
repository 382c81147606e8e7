import { z } from 'zod';
import { type ApprovalAct, Request } from './approvals.ts';
import { fact } from './fact.ts';
import { Instant } from './text.ts';

const requested = fact({ request: Request });
const decided = fact({
  requestId: z.string(),
  decision: z.enum(['grant', 'refuse']),
  /** Whether it ends here; otherwise more steps of the chain are to come. */
  final: z.boolean(),
  until: Instant.optional(),
  kind: z.string().optional(),
});
type Applications<A extends ApprovalAct> = {
  [Name in `${A}-requested`]: typeof requested;
} & { [Name in `${A}-decided`]: typeof decided };

/** The application for each act, and the decision of every step of its chain. */
export function applications<const A extends ApprovalAct>(...acts: A[]): Applications<A> {
  const facts = acts.flatMap((act) => [
    [`${act}-requested`, requested],
    [`${act}-decided`, decided],
  ]);
  // The keys are made of the very names the type is made of.
  return Object.fromEntries(facts) as Applications<A>;
}
