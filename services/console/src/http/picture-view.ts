import { z } from 'zod';

/** A row of the live picture, as lists show it; documents what is sent, which is made elsewhere. */
export const PictureView = z
  .looseObject({
    id: z.uuid(),
    number: z.string(),
    version: z.int(),
    status: z.string(),
    custodian: z.string(),
    channel: z.string(),
    urgency: z.string(),
    description: z.string(),
    categoryCode: z.string().optional(),
    kind: z.string().optional(),
    standardId: z.string().optional(),
    address: z.string().optional(),
    location: z.object({ lon: z.number(), lat: z.number(), crs: z.literal('WGS84') }).optional(),
    area: z.string().optional(),
    ownerCentreId: z.string(),
    centreId: z.string(),
    level: z.string(),
    unitId: z.string().optional(),
    externalNumber: z.string().optional(),
    reportedAt: z.string(),
    dueAt: z.string().optional(),
    overdue: z.boolean(),
    supervised: z.boolean(),
    endedAt: z.string().optional(),
    updatedAt: z.string(),
  })
  .meta({ id: 'PictureView' });

/** An incident as its holder has it, with what the caller may do; the members lists have, and more. */
export const IncidentView = z
  .looseObject({
    id: z.uuid(),
    number: z.string(),
    version: z.int(),
    status: z.string(),
    custodian: z.string(),
    dueAt: z.string().optional(),
    commands: z.array(z.string()).meta({ description: '您现在可用的命令 / what you may do now' }),
    clocks: z.record(z.string(), z.looseObject({ dueAt: z.string() })).meta({
      description: '时钟：起算、时限、到期 / each clock with its limit and due time',
    }),
  })
  .meta({ id: 'IncidentView' });

/** Every event of an incident, as CloudEvents. */
export const HistoryView = z.object({
  id: z.uuid(),
  events: z.array(
    z.looseObject({
      type: z.string(),
      custodian: z.string(),
      id: z.string(),
      sequence: z.string().meta({ description: '版本 / the version' }),
      time: z.string(),
      recordedat: z.string(),
      data: z.record(z.string(), z.unknown()),
    }),
  ),
});
