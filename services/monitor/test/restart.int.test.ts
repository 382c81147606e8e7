import { ReportBody } from '@cityloop/contracts';
import { migrateEventLog, postgresEventLog } from '@cityloop/event-log';
import type { Policy } from '@cityloop/incident';
import { createPool, migrate } from '@cityloop/postgres';
import { createTestDatabase } from '@cityloop/postgres/testing';
import type { Logger } from '@cityloop/runtime';
import { expect, it } from 'vitest';
import { startMonitor } from '../src/index.ts';

const OPEN = '00000000-0000-7000-8000-000000000001';
const ENDED = '00000000-0000-7000-8000-000000000002';
const OLD = '00000000-0000-7000-8000-000000000003';
// Only what is asked of them here.
const policy = { settings: { duplicate: { metres: 50, hours: 24 } } } as Policy;
const logger = { error: () => undefined, warn: () => undefined } as unknown as Logger;

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
const row = (incident_id: string, hours: number, ended_at: string | null) =>
  `('${incident_id}', 1, 'N', 's', 'intake', 'c', 'E01-10', 'normal', 'd', 121.5, 31.3, 'o', 'o',
    'district', '{}', 'p', '${hoursAgo(hours)}', false, false,
    ${ended_at === null ? 'null' : `'${ended_at}'`}, now())`;

it('knows after a restart what is open and lately reported', async () => {
  await using database = await createTestDatabase();
  await using db = createPool(database.url, { max: 4 });
  await migrateEventLog(db);
  await migrate(db, { schema: 'monitor', dir: new URL('../migrations', import.meta.url) });
  await db.execute({
    text: `insert into monitor.incident (incident_id, version, number, status, custodian, channel,
             category_code, urgency, description, lon, lat, owner_centre, centre, level, units,
             discovered_by, reported_at, overdue, supervised, ended_at, updated_at)
           values ${[row(OPEN, 1, null), row(ENDED, 1, hoursAgo(0)), row(OLD, 30, null)].join()}`,
  });
  await using log = postgresEventLog(db);
  await using monitor = await startMonitor({ db, log, logger, policy: () => policy });
  const body = ReportBody.parse({
    channel: 'hotline-12345',
    description: '井盖破损',
    categoryCode: 'E01-10',
    location: { lon: 121.5, lat: 31.3, crs: 'WGS84' },
  });
  expect(monitor.nearby.duplicates('', body).map(({ id }) => id)).toEqual([OPEN]);
});
