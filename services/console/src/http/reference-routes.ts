import {
  AreaCode,
  type DistrictPack,
  PackCategory,
  PackCentre,
  PackReasons,
  PackUnit,
  Role,
  type Subject,
} from '@cityloop/contracts';
import { type Routes, subjectOf } from '@cityloop/http';
import { z } from 'zod';
import type { Loop } from '../loop.ts';
import { mayKnow } from '../people-seen.ts';
import { type Kept, keep, sendKept } from './etag.ts';

/** Answers kept at once; more callers than this simply have theirs made again. */
const KEPT_MOST = 200;

const Area = z.object({
  code: AreaCode,
  name: z.string(),
  kind: z.enum(['subdistrict', 'committee', 'grid']),
  parent: AreaCode,
  schematic: z.literal(true).optional().meta({ description: '示意边界 / drawn, not official' }),
  gridWorkerId: z.string().optional(),
  polygons: z.array(z.array(z.array(z.array(z.number())))).optional(),
});
const Person = z.object({
  id: z.string(),
  name: z.string(),
  roles: z.array(Role),
  area: z.string(),
  centreId: z.string().optional(),
  unitId: z.string().optional(),
  post: z.string(),
  shift: z.string().optional(),
  grids: z.array(z.string()).optional(),
});
const DistrictView = z.object({
  revision: z.int().meta({ description: '政策版本 / revision of the policy' }),
  code: z.string(),
  name: z.string(),
  levels: z.record(z.string(), z.string()),
  language: z.string(),
  about: z.string().optional(),
  centres: z.array(PackCentre),
  units: z.array(PackUnit),
  areas: z.array(Area),
  people: z.array(Person).meta({ description: '您可见的人员 / the people you may know of' }),
});
const CatalogueView = z.object({
  revision: z.int(),
  categories: z.array(PackCategory),
  reasons: PackReasons,
});

const headers = z.looseObject({ 'if-none-match': z.string().max(500).optional() });
const notModified = z.undefined().meta({ description: '内容未变 / you have it already' });
const tags = ['区情 district'];

/** `GET /district` and `GET /catalogue`: who and what the district is, kept by ETag. */
export function referenceRoutes(loop: Loop): Routes {
  const districtOf = perRevision(loop, (pack, revision, subject: Subject, polygons: boolean) =>
    districtView(pack, revision, subject, polygons),
  );
  const catalogueOf = perRevision(loop, (pack, revision) => ({
    revision,
    categories: pack.catalogue,
    reasons: pack.reasons,
  }));
  return async (app) => {
    app.get(
      '/district',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '区、街镇、单位、网格与人员 / centres, units, grids, people you may see',
          headers,
          querystring: z.strictObject({
            polygons: z.enum(['true', 'false']).optional().meta({ description: '是否带边界' }),
          }),
          response: { 200: DistrictView, 304: notModified },
        },
      },
      async (request, reply) => {
        const subject = subjectOf(request);
        const polygons = request.query.polygons === 'true';
        const key = `${polygons}/${subject.id}/${subject.area}/${subject.unitId}/${subject.roles.join()}`;
        return sendKept(request, reply, districtOf(key, subject, polygons));
      },
    );
    app.get(
      '/catalogue',
      {
        config: { permission: 'read' },
        schema: {
          tags,
          summary: '类别、立案处置结案标准与理由 / categories, standard rows, reason lists',
          headers,
          response: { 200: CatalogueView, 304: notModified },
        },
      },
      async (request, reply) => sendKept(request, reply, catalogueOf('')),
    );
  };
}

/** Makes an answer once a key and revision of the policy. */
function perRevision<Args extends readonly unknown[]>(
  loop: Loop,
  make: (pack: DistrictPack, revision: number, ...args: Args) => unknown,
): (key: string, ...args: Args) => Kept {
  const kept = new Map<string, Kept>();
  let revision = 0;
  return (key, ...args) => {
    const now = loop.policy().revision;
    if (now !== revision || kept.size >= KEPT_MOST) kept.clear();
    revision = now;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = keep(make(loop.pack(), now, ...args));
    kept.set(key, made);
    return made;
  };
}

function districtView(
  pack: DistrictPack,
  revision: number,
  subject: Subject,
  polygons: boolean,
): object {
  return {
    revision,
    ...pack.district,
    centres: pack.centres,
    units: pack.units,
    areas: polygons ? pack.areas : pack.areas.map(({ polygons: _drawn, ...area }) => area),
    people: pack.people
      .filter((person) => mayKnow(subject, person))
      .map(({ employer: _employer, ...person }) => person),
  };
}
