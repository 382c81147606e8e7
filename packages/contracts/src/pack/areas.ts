import { z } from 'zod';
import { AreaCode, PackId, PackName } from './vocabulary.ts';

const Position = z
  .tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])
  .readonly()
  .meta({ description: '[lon, lat], WGS-84 degrees.' });

/** One ring; the last position may repeat the first. */
const Ring = z.array(Position).min(3).readonly();

export const PackArea = z
  .strictObject({
    code: AreaCode,
    name: PackName,
    kind: z.enum(['subdistrict', 'committee', 'grid']),
    parent: AreaCode,
    polygons: z
      .array(z.array(Ring).min(1).readonly())
      .min(1)
      .readonly()
      .exactOptional()
      .meta({ description: 'As in a GeoJSON MultiPolygon: polygons of an outer ring and holes.' }),
    schematic: z
      .literal(true)
      .exactOptional()
      .meta({ description: 'The polygons are drawn by us (示意), no official boundary.' }),
    gridWorkerId: PackId.exactOptional(),
  })
  .meta({ description: 'A subdistrict (街道), neighbourhood committee (居委会) or grid (网格).' });
export type PackArea = Readonly<z.infer<typeof PackArea>>;
