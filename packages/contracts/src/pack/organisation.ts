import { z } from 'zod';
import { Role } from '../people.ts';
import { PackLimit } from './limit-text.ts';
import { AreaCode, Level, PackId, PackName } from './vocabulary.ts';

export const PackDistrict = z
  .strictObject({
    code: z.string().regex(/^\d{6}$/, '区代码应为 6 位数字，且须加引号'),
    name: PackName,
    levels: z
      .strictObject({
        district: PackName,
        subdistrict: PackName,
        committee: PackName,
        grid: PackName,
      })
      .meta({ description: 'What the levels are called: 区, 街道, 居委会, 网格.' }),
    language: z.enum(['zh-CN', 'en-US']),
    about: z
      .string()
      .max(2000)
      .exactOptional()
      .meta({ description: 'What in this pack is fact and what is invented.' }),
  })
  .meta({ description: 'Who the district is.' });
export type PackDistrict = Readonly<z.infer<typeof PackDistrict>>;

export const PackCentre = z
  .strictObject({
    id: PackId.meta({ description: 'The area code of the centre.' }),
    level: Level,
    name: PackName,
    area: AreaCode,
    fallbackUnitId: PackId.meta({
      description: 'Takes what nobody else takes (托底); must be dispatched to by this centre.',
    }),
    calendar: PackId,
  })
  .meta({ description: 'An operations centre (城运中心).' });
export type PackCentre = Readonly<z.infer<typeof PackCentre>>;

export const PackUnit = z
  .strictObject({
    id: PackId,
    name: PackName,
    centreId: PackId.meta({ description: 'The centre that dispatches to it.' }),
    kind: z.enum(['department', 'station', 'team', 'enterprise']),
    duty: PackId.exactOptional().meta({
      description:
        'What it does in its centre, so that one routing row serves all centres; once a centre.',
    }),
    employer: PackId.exactOptional().meta({
      description: 'The company that holds the contract: its people may not check this work.',
    }),
    calendar: PackId,
    limits: z.record(PackId, PackLimit).exactOptional().meta({
      description: '处置时限 of this unit for a standard row, by its id, instead of the row’s own.',
    }),
    phone: z.string().max(40).exactOptional(),
    area: AreaCode.exactOptional(),
  })
  .meta({ description: 'A unit that handles incidents.' });
export type PackUnit = Readonly<z.infer<typeof PackUnit>>;

export const PackPerson = z
  .strictObject({
    id: PackId,
    name: PackName,
    roles: z.array(Role).min(1).readonly(),
    centreId: PackId.exactOptional(),
    unitId: PackId.exactOptional(),
    area: AreaCode.meta({ description: 'Sees what lies in this area.' }),
    post: PackName,
    shift: PackName.exactOptional(),
    employer: PackId.exactOptional(),
    grids: z.array(AreaCode).min(1).readonly().exactOptional(),
    email: z.email().max(200).exactOptional().meta({
      description: 'Where notices of the ladder go by mail; stands in no event of an incident.',
    }),
  })
  .meta({ description: 'A person with a seat.' });
export type PackPerson = Readonly<z.infer<typeof PackPerson>>;
