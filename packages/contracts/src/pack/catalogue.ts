import { z } from 'zod';
import { PackLimit } from './limit-text.ts';
import { CategoryKind, PackId, PackName, PackText } from './vocabulary.ts';

export const PackStandard = z
  .strictObject({
    id: PackId,
    condition: PackText.meta({ description: '立案条件' }),
    limit: PackLimit.meta({ description: '处置时限' }),
    closing: PackText.meta({ description: '结案条件' }),
    evidence: z
      .boolean()
      .meta({ description: 'Whether finishing demands a photo taken after it.' }),
    regulator: PackText.exactOptional().meta({ description: '监管主体' }),
    responsible: PackText.exactOptional().meta({ description: '责任主体' }),
  })
  .meta({
    description: 'One row of a category: the deadline hangs on the row, not on the category.',
  });
export type PackStandard = Readonly<z.infer<typeof PackStandard>>;

export const PackCategory = z
  .strictObject({
    code: z
      .string()
      .regex(
        /^[CEH]\d{2}-\d{2,3}$/,
        '类别代码形如 C01-02（部件）、E01-10（事件）、H01-01（热线事项）',
      )
      .meta({
        description: 'Kind letter, major class, minor class. Text: never ordered by number.',
      }),
    kind: CategoryKind,
    majorName: PackName,
    name: PackName,
    urgent: z
      .boolean()
      .exactOptional()
      .meta({ description: '紧急: filed and assigned by rule at once, completed afterwards.' }),
    extension: z
      .boolean()
      .exactOptional()
      .meta({ description: 'Not of the national list (自定义); due from minor class 80 on.' }),
    limit: PackLimit.exactOptional().meta({
      description: '处置时限 while no row is chosen (先派后补); of a row it is the row’s own.',
    }),
    standards: z.array(PackStandard).min(1).readonly(),
  })
  .meta({ description: 'A small category (小类) with its standard rows.' });
export type PackCategory = Readonly<z.infer<typeof PackCategory>>;
