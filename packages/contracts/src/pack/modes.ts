import { ClockKind } from '@cityloop/calendar';
import { z } from 'zod';
import { Role } from '../people.ts';
import { PackLadder } from './escalation.ts';
import { PackLimit } from './limit-text.ts';
import { conditionFits, PackRoute, RouteCondition, type RouteFacts } from './routing.ts';
import { PackId, PackName, PackText } from './vocabulary.ts';

/** What a mode's row names a clock by: its kind, or `assist` for those of all assisting units (协办). */
export const ModeClock = z.enum([...ClockKind.options, 'assist']);
export type ModeClock = z.infer<typeof ModeClock>;

const ModeCondition = RouteCondition.extend({
  standards: z.array(PackId).min(1).readonly().exactOptional().meta({
    description: 'Ids of standard rows; any may fit.',
  }),
}).meta({ description: 'All that is named must fit; nothing named fits everything.' });

/** What a row of a mode is held against: the incident as it stands. */
export type ModeFacts = RouteFacts & { readonly standardId?: string | undefined };

const ModeLimit = z
  .strictObject({
    id: PackId,
    clocks: z.array(ModeClock).min(1).readonly(),
    when: ModeCondition.exactOptional(),
    factor: z.number().min(0.01).max(100).exactOptional().meta({
      description: 'The limit otherwise in force times this; 0.5 halves it.',
    }),
    limit: PackLimit.exactOptional().meta({
      description: 'Instead of the limit otherwise in force, on the same calendar.',
    }),
  })
  .refine((row) => (row.factor === undefined) !== (row.limit === undefined), {
    error: 'factor 与 limit 须且只须写一项',
  })
  .meta({ description: 'Another limit while the mode is on; of those that fit the first counts.' });
export type ModeLimit = Readonly<z.infer<typeof ModeLimit>>;

const ModeParty = z.strictObject({
  roles: z.array(Role).min(1).readonly(),
  level: z.literal('district').exactOptional().meta({
    description: 'Only people of the district centre; else also a subdistrict’s, for its own area.',
  }),
});

export const PackMode = z
  .strictObject({
    id: PackId,
    name: PackName,
    about: PackText.exactOptional(),
    scope: z.enum(['district', 'areas']).meta({
      description: 'The whole district always, or areas that are named with each activation.',
    }),
    openClocks: z.enum(['keep', 'replan']).meta({
      description:
        'keep: clocks that run when it begins or ends go on with their limit; replan: they are planned anew, at both.',
    }),
    leastShare: z.number().min(0).max(1).exactOptional().meta({
      description:
        'Least share of the limit a clock planned anew has left when the mode begins, as far as it had it; the rework minimum unless given.',
    }),
    longest: PackLimit.meta({
      description: 'The longest it may be on by one approval; wall time.',
    }),
    propose: ModeParty,
    approve: ModeParty.meta({ description: 'Never the proposer. May also end it early.' }),
    limits: z.array(ModeLimit).readonly().default([]),
    routing: z
      .array(PackRoute)
      .readonly()
      .default([])
      .meta({ description: 'Routing rows that come before those of the district.' }),
    ladders: z
      .array(PackLadder)
      .readonly()
      .default([])
      .meta({ description: 'Ladders of 督办 that come before those of the district.' }),
  })
  .meta({ description: 'A mode (平战模式): what is otherwise while it is on.' });
export type PackMode = Readonly<z.infer<typeof PackMode>>;

/** Whether a mode's row is about this clock of an incident with these facts. */
export function modeLimitFits(row: ModeLimit, clock: ModeClock, facts: ModeFacts): boolean {
  if (!row.clocks.includes(clock)) return false;
  const { when } = row;
  if (when === undefined) return true;
  if (!conditionFits(when, facts)) return false;
  return when.standards === undefined || when.standards.some((id) => id === facts.standardId);
}
