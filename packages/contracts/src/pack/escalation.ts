import { ClockKind, type ClockName } from '@cityloop/calendar';
import { z } from 'zod';
import { Role } from '../people.ts';
import { PackLimit } from './limit-text.ts';
import { conditionFits, RouteCondition, type RouteFacts } from './routing.ts';
import { PackId, PackText } from './vocabulary.ts';

/** The clocks a ladder may be of: every kind, and those of assisting units (协办) together. */
export const LadderClock = z.enum([...ClockKind.options, 'assist']);
export type LadderClock = z.infer<typeof LadderClock>;

const RungAt = z
  .union([
    z.strictObject({ mark: z.enum(['amber', 'red']) }),
    z.strictObject({ percent: z.number().gt(100).max(10_000) }),
    z.strictObject({ after: PackLimit }),
    z.strictObject({ every: PackLimit, most: z.int().min(1).max(50) }),
  ])
  .meta({
    description:
      'mark: amber, or red (100 %); percent: of the limit, counted on the clock’s calendar; after, every: from the red mark on.',
  });

const RungTo = z
  .strictObject({
    role: Role,
    of: z.enum(['unit', 'centre', 'owner', 'upper']).meta({
      description:
        'The unit whose clock it is, the centre that has it in hand, the one that filed it, the district’s.',
    }),
  })
  .meta({ description: 'Those on duty with this role there; all with it where no roster says.' });
export type RungTo = Readonly<z.infer<typeof RungTo>>;

export const PackRung = z
  .strictObject({
    id: PackId,
    at: RungAt,
    to: z.array(RungTo).min(1).readonly(),
    supervise: z
      .strictObject({
        by: z.enum(['centre', 'upper']).meta({ description: 'Whose 督办 it is.' }),
        requirement: PackText.meta({ description: '督办要求' }),
        reply: PackLimit.meta({ description: '回复时限, on the calendar of that centre.' }),
      })
      .exactOptional()
      .meta({ description: 'A 督办 (kind overdue) besides the notice.' }),
    loud: z.literal(true).exactOptional().meta({ description: 'Goes out in quiet hours too.' }),
  })
  .meta({ description: 'One rung: when, whom it tells, and whether it is a 督办.' });
export type PackRung = Readonly<z.infer<typeof PackRung>>;

export const PackLadder = z
  .strictObject({
    id: PackId,
    clocks: z.array(LadderClock).min(1).readonly(),
    when: RouteCondition.exactOptional(),
    rungs: z.array(PackRung).min(1).readonly(),
  })
  .meta({
    description: 'What happens as a clock runs out; of a clock the first that fits counts.',
  });
export type PackLadder = Readonly<z.infer<typeof PackLadder>>;

const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, '时刻写法如 22:00');

export const PackEscalation = z
  .strictObject({
    ladders: z.array(PackLadder).readonly(),
    catchUp: PackLimit.meta({
      description: 'A rung that is told of later than this is said to be a 补报; wall time.',
    }),
    notices: z.strictObject({
      bundle: PackLimit.meta({
        description: 'How long messages of one person gather into one; wall time.',
      }),
      quiet: z.strictObject({ from: TimeOfDay, to: TimeOfDay }).exactOptional().meta({
        description:
          'Nothing leaves the house meanwhile but what is loud or of an urgent incident; the list in the application is kept at once.',
      }),
    }),
  })
  .meta({ description: 'Escalation: the ladders of 督办, and how people are told.' });
export type PackEscalation = Readonly<z.infer<typeof PackEscalation>>;

/** What holds for a policy that was published before there was this section: nothing escalates. */
export const noEscalation = {
  ladders: [],
  catchUp: '10分钟',
  notices: { bundle: '1分钟' },
};

/** The ladder of a clock for an incident; undefined where nothing is to happen. */
export function ladderFor(
  { ladders }: Pick<PackEscalation, 'ladders'>,
  clock: ClockName,
  facts: RouteFacts,
): PackLadder | undefined {
  const kind = clock.startsWith('assist:') ? 'assist' : clock;
  return ladders.find(
    ({ clocks, when = {} }) => clocks.some((c) => c === kind) && conditionFits(when, facts),
  );
}
