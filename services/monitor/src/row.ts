import type { Incident } from '@cityloop/contracts';
import { dueOf, type Scoped } from '@cityloop/incident';

/** One incident as the live picture keeps it; the names are the columns'. */
export type PictureRow = {
  readonly incident_id: string;
  readonly version: number;
  readonly number: string;
  readonly status: string;
  readonly custodian: string;
  readonly channel: string;
  readonly category_code: string | null;
  readonly kind: string | null;
  readonly standard_id: string | null;
  readonly urgency: string;
  readonly description: string;
  readonly address: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  /** The deepest area code known. */
  readonly ground: string | null;
  readonly disputed: readonly string[] | null;
  readonly owner_centre: string;
  readonly centre: string;
  readonly level: string;
  readonly unit: string | null;
  /** Every unit that leads, assists or handled it: whose people may see it. */
  readonly units: readonly string[];
  readonly discovered_by: string;
  readonly external_number: string | null;
  readonly against_centre: string | null;
  readonly against_unit: string | null;
  readonly reported_at: string;
  readonly due_at: string | null;
  readonly overdue: boolean;
  readonly supervised: boolean;
  readonly ended_at: string | null;
  readonly updated_at: string;
};

/** The row of an incident's present state. */
export function pictureOf(i: Incident): PictureRow {
  const { ground, location } = i;
  return {
    incident_id: i.id,
    version: i.version,
    number: i.number,
    status: i.status,
    custodian: i.custodian,
    channel: i.channel,
    category_code: i.categoryCode ?? null,
    kind: i.kind ?? null,
    standard_id: i.standardId ?? null,
    urgency: i.urgency,
    description: i.description,
    address: location.address ?? null,
    lon: location.lon ?? null,
    lat: location.lat ?? null,
    ground: ground.grid ?? ground.committee ?? ground.subdistrict ?? null,
    disputed: ground.disputed ?? null,
    owner_centre: i.ownerCentreId,
    centre: i.centreId,
    level: i.level,
    unit: i.assignment?.unitId ?? null,
    units: unitsOf(i),
    discovered_by: i.discoveredBy.id,
    external_number: i.externalNumber ?? null,
    against_centre: i.against?.centreId ?? null,
    against_unit: i.against?.unitId ?? null,
    reported_at: i.reportedAt,
    due_at: dueOf(i) ?? null,
    overdue: Object.values(i.clocks).some(
      (c) => c.redAt !== undefined && c.stoppedAt === undefined,
    ),
    supervised: i.supervisions.some(
      (s) => s.repliedAt === undefined && s.withdrawnAt === undefined,
    ),
    ended_at: i.endedAt ?? null,
    updated_at: i.recordedAt,
  };
}

function unitsOf({ handlingUnits, assignment }: Incident): readonly string[] {
  if (assignment === undefined) return handlingUnits;
  const units = new Set(handlingUnits).add(assignment.unitId);
  for (const assist of assignment.assists ?? []) units.add(assist.unitId);
  return [...units];
}

/** What `authorize` wants to know, from a row. */
export function scopeOf(row: PictureRow): Scoped {
  return {
    ownerCentreId: row.owner_centre,
    centreId: row.centre,
    level: row.level === 'district' ? 'district' : 'subdistrict',
    handlingUnits: [...row.units],
    ground: {
      ...(row.ground === null ? {} : { grid: row.ground }),
      ...(row.disputed === null ? {} : { disputed: [...row.disputed] }),
    },
    discoveredBy: { id: row.discovered_by },
    ...(row.against_centre === null && row.against_unit === null
      ? {}
      : {
          against: {
            ...(row.against_centre === null ? {} : { centreId: row.against_centre }),
            ...(row.against_unit === null ? {} : { unitId: row.against_unit }),
          },
        }),
  };
}
