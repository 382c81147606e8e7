import { z } from 'zod';
import { Code } from './text.ts';

/** What a person (or a part of the system) may be in the loop; `design.md` section 8. */
export const roles = [
  'grid-worker',
  'hotline-seat',
  'clerk',
  'shift-supervisor',
  'dispatcher',
  'unit-member',
  'unit-leader',
  'verifier',
  'evaluator',
  'leader',
  'auditor',
  'admin',
  'citizen',
  'system',
] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

/** Who acts, as their token says. `area` is the prefix of the area codes they may see. */
export const Subject = z.object({
  id: Code,
  name: z.string().max(64),
  roles: z.array(Role),
  area: z.string().max(16),
  centreId: Code.optional(),
  unitId: Code.optional(),
  employer: Code.optional(),
  post: z.string().max(64).optional(),
  shift: z.string().max(64).optional(),
  grids: z.array(z.string()).optional(),
});
export type Subject = z.infer<typeof Subject>;

/**
 * Who did it, as it was at that time: kept in the event because post, shift, centre and employer can
 * never be had later. Carries no name.
 */
export const Actor = z.object({
  id: Code,
  role: Role,
  post: z.string().optional(),
  shift: z.string().optional(),
  centreId: z.string().optional(),
  unitId: z.string().optional(),
  employer: z.string().optional(),
});
export type Actor = z.infer<typeof Actor>;

/** The loop itself: what happens by rule, by clock or at another service's request. */
export const systemSubject: Subject = { id: 'system', name: '系统', roles: ['system'], area: '' };
