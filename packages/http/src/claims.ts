import { Subject } from '@cityloop/contracts';
import { Unauthenticated } from '@cityloop/kernel';
import type { JWTPayload } from 'jose';
import { z } from 'zod';

/** What stands in front of the id of a part of the system, in `sub` and in the subject. */
export const SERVICE_PREFIX = 'service:';

/** The `cityloop` claim: what a subject is beside its id (`sub`) and name. */
export const CityLoopClaim = Subject.omit({ id: true, name: true }).extend({
  /** `service` for the system's own asks; people are `person`, or say nothing. */
  kind: z.enum(['person', 'service']).default('person'),
});

const Claims = z.looseObject({
  sub: z.string().min(1),
  name: z.string().optional(),
  cityloop: CityLoopClaim,
});

function isConsistent({ kind, roles }: z.infer<typeof CityLoopClaim>, sub: string): boolean {
  const isSystem = roles.includes('system');
  if (kind === 'person') return !isSystem && !sub.startsWith(SERVICE_PREFIX);
  return isSystem && roles.length === 1 && sub.startsWith(SERVICE_PREFIX);
}

/**
 * The subject that verified claims describe. Throws `Unauthenticated` `AUTH_CLAIMS` when they do
 * not describe one, and when a person claims to be `system`: only service tokens are.
 */
export function subjectFromClaims(payload: JWTPayload): Subject {
  const parsed = Claims.safeParse(payload);
  const subject = parsed.success
    ? Subject.safeParse({
        ...parsed.data.cityloop,
        id: parsed.data.sub,
        name: parsed.data.name ?? parsed.data.sub,
      })
    : undefined;
  if (
    !parsed.success ||
    subject?.success !== true ||
    !isConsistent(parsed.data.cityloop, parsed.data.sub)
  ) {
    throw new Unauthenticated(
      'AUTH_CLAIMS',
      '登录凭证缺少岗位信息（cityloop 声明） / the token needs a claim `cityloop` with roles and area',
    );
  }
  return Object.freeze(subject.data);
}
