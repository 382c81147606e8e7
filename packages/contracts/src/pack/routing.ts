import { z } from 'zod';
import { Channel } from '../demand.ts';
import { AreaCode, CategoryKind, Level, PackId, PackText } from './vocabulary.ts';

export const RouteCondition = z
  .strictObject({
    categories: z
      .array(z.string().regex(/^[CEH]\d{2}(?:-\d{2,3})?$/, '应为类别代码或大类，如 E01-10 或 E01'))
      .min(1)
      .readonly()
      .exactOptional()
      .meta({ description: 'Category codes, or major classes (E01) for all below; any may fit.' }),
    kind: CategoryKind.exactOptional(),
    area: AreaCode.exactOptional().meta({ description: 'The ground lies in this area.' }),
    channel: Channel.exactOptional(),
    urgency: z.enum(['normal', 'urgent']).exactOptional(),
    level: Level.exactOptional().meta({ description: 'The level that has the incident in hand.' }),
  })
  .meta({ description: 'All that is named must fit; nothing named fits everything.' });

const RouteTarget = z
  .strictObject({
    level: Level.meta({ description: 'The level whose centre should dispatch it.' }),
    unitId: PackId.exactOptional(),
    duty: PackId.exactOptional().meta({
      description: 'The unit with this duty in the responsible centre; instead of unitId.',
    }),
    assists: z
      .array(z.strictObject({ unitId: PackId, task: PackText.exactOptional() }))
      .readonly()
      .exactOptional(),
  })
  .meta({ description: 'Without unit and duty: the fallback unit (托底) of the centre.' });

export const PackRoute = z
  .strictObject({
    id: PackId,
    when: RouteCondition,
    // biome-ignore lint/suspicious/noThenProperty: the word the pack's authors read; never awaited
    then: RouteTarget,
    auto: z
      .strictObject({
        file: z.boolean().exactOptional(),
        assign: z.boolean().exactOptional(),
        standardId: PackId.exactOptional().meta({
          description: 'The row to file under; without it the first row of the category.',
        }),
      })
      .exactOptional()
      .meta({ description: 'What happens by itself, as actor system.' }),
    reason: PackText.meta({ description: 'Shown beside the suggestion.' }),
  })
  .meta({ description: 'A routing row; the first that fits counts.' });
export type PackRoute = Readonly<z.infer<typeof PackRoute>>;

/** What a routing row is held against. */
export type RouteFacts = {
  readonly categoryCode?: string | undefined;
  readonly kind?: CategoryKind | undefined;
  /** Code of the deepest area known. */
  readonly area?: string | undefined;
  readonly channel: Channel;
  readonly urgency: 'normal' | 'urgent';
  readonly level?: Level | undefined;
};

/** Whether all that the row names fits; a fact that is not known fits no condition on it. */
export function routeFits(route: PackRoute, facts: RouteFacts): boolean {
  return conditionFits(route.when, facts);
}

export function conditionFits(
  condition: Readonly<z.infer<typeof RouteCondition>>,
  facts: RouteFacts,
): boolean {
  const { categories, kind, area, channel, urgency, level } = condition;
  return (
    (categories === undefined ||
      categories.some((wanted) => inCategory(facts.categoryCode, wanted))) &&
    (kind === undefined || kind === facts.kind) &&
    (area === undefined || facts.area?.startsWith(area) === true) &&
    (channel === undefined || channel === facts.channel) &&
    (urgency === undefined || urgency === facts.urgency) &&
    (level === undefined || level === facts.level)
  );
}

/** Whether a category code is the wanted one or lies in the wanted major class. */
export function inCategory(code: string | undefined, wanted: string): boolean {
  return code !== undefined && (code === wanted || code.startsWith(`${wanted}-`));
}
