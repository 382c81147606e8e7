import { randomUUID } from 'node:crypto';
import { decodeEvent, type IncidentEvent, ReportBody } from '@cityloop/contracts';
import { createTestDatabase, type TestDatabase } from '@cityloop/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceSet, startSet, stopSet, subject, until } from './service-set.ts';

const AMOUNT = 60;

let database: TestDatabase;
let set: ServiceSet;

beforeAll(async () => {
  database = await createTestDatabase();
  set = await startSet(database.url, 'set');
});
afterAll(async () => {
  await stopSet(set);
  await database[Symbol.asyncDispose]();
});

/** Reported at the district's hotline and filed: from then on dispatch has it, or will in a moment. */
async function filed(): Promise<string> {
  const { loop } = set.running;
  const body = ReportBody.parse({
    channel: 'hotline-12345',
    description: '垃圾未清运',
    location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
  });
  const seat = subject(set.running, 'chen-seat');
  const { id } = await loop.report({ body, subject: seat, key: randomUUID() });
  await loop.stages.intake.command({
    incidentId: id,
    command: { verb: 'file', body: { categoryCode: 'E01-17', standardId: 'E01-17.1' } },
    subject: subject(set.running, 'li-clerk'),
    key: randomUUID(),
  });
  return id;
}

async function turnedOn(): Promise<string> {
  const { district } = set.running.loop;
  const { id } = await district.proposeMode({
    body: {
      modeId: 'flood-3',
      areas: [],
      reason: '暴雨',
      until: new Date(Date.now() + 3_600_000).toISOString(),
    },
    subject: subject(set.running, 'zhao-supervisor'),
  });
  const leader = subject(set.running, 'zheng-leader');
  await district.decideMode({ id, decision: 'approve', subject: leader });
  return id;
}

async function eventsOf(id: string): Promise<IncidentEvent[]> {
  const bodies = await set.running.loop.history(id, 1, 100);
  return bodies.flatMap((body) => {
    const decoded = decodeEvent(body);
    return decoded.kind === 'event' ? [decoded.event] : [];
  });
}

/** The modes the dispatch clock was under, one entry for each event that says so. */
const modesOf = (events: readonly IncidentEvent[]): string[] =>
  events.flatMap(({ data }) => data.clocks?.dispatch?.mode ?? []);

describe('a mode that begins while incidents travel between two services', () => {
  it('reaches each of them exactly once, by whoever holds it then', async () => {
    // Filed already, and handed over: some of these are still on their way when the mode begins.
    const before = await Promise.all(Array.from({ length: AMOUNT / 3 }, filed));
    const racing = Array.from({ length: AMOUNT / 3 }, filed);
    const mode = turnedOn();
    const during = Array.from({ length: AMOUNT / 3 }, filed);
    const ids = [...before, ...(await Promise.all([...racing, ...during]))];
    const id = await mode;
    for (const incident of ids) {
      await until(
        async () => modesOf(await eventsOf(incident)).length > 0,
        'the mode to be followed',
      );
    }
    const all = await Promise.all(ids.map(eventsOf));
    expect(all.map(modesOf)).toEqual(ids.map(() => [id]));
    const replans = all.flat().filter(({ type }) => type.endsWith('.replanned'));
    // Those that were filed later began under it; nothing is planned anew twice.
    expect(new Set(replans.map(({ incidentId }) => incidentId)).size).toBe(replans.length);
    // What had been handed over by then was planned anew by who took it, not by who gave it away.
    const byReceiver = replans.filter(({ type }) => type === 'dispatch.replanned');
    expect(byReceiver.map(({ incidentId }) => incidentId)).toEqual(expect.arrayContaining(before));
  });
});
