import { MONDAY_NINE, people, places, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

describe('reporting', () => {
  it('starts the clock of the whole and that of acceptance', () => {
    const { incident } = story().report({ categoryCode: 'C01-02' });
    expect(incident).toMatchObject({ status: 'reported', custodian: 'intake', version: 1 });
    expect(incident.clocks.accept).toMatchObject({
      dueAt: '2026-03-02T01:15:00.000Z',
      basis: 'default:accept',
    });
    expect(incident.clocks['end-to-end']?.basis).toBe('end-to-end:default');
  });

  it('comes to the district, unless it is made at a subdistrict centre’s own door', () => {
    expect(story().report({}, people.citizen).incident).toMatchObject({
      centreId: '310110',
      level: 'district',
    });
    expect(story().report({}, people.westGrid).incident).toMatchObject({
      centreId: '310110019',
      level: 'subdistrict',
    });
  });

  it('finds whose ground it is from the point, the grid code, or leaves it open', () => {
    const ground = (location: Parameters<ReturnType<typeof story>['report']>[0]) =>
      story().report(location).incident.ground;
    expect(ground({ location: places.west })).toEqual({ subdistrict: '310110019' });
    expect(ground({ location: places.grid })).toEqual({
      subdistrict: '310110019',
      committee: '310110019001',
      grid: '310110019001001',
      gridWorkerId: 'west-grid',
    });
    expect(ground({ location: places.boundary })).toEqual({ disputed: ['310110012', '310110019'] });
    expect(ground({ location: places.outside })).toEqual({});
    expect(ground({ location: { address: '某路 1 号' } })).toEqual({});
  });

  it('keeps a point of another coordinate system beside the WGS-84 one', () => {
    const { location } = story().report({
      location: { lon: 121.5145, lat: 31.308, crs: 'GCJ02' },
    }).incident;
    expect(location.given).toEqual({ lon: 121.5145, lat: 31.308, crs: 'GCJ02' });
    expect(location.lon).toBeCloseTo(121.51, 2);
  });

  it('refuses a category and a grid that do not exist', () => {
    story().whenReported({ categoryCode: 'X99-99' }).thenRefused('CATEGORY_UNKNOWN');
    story()
      .whenReported({ location: { gridCode: '000' } })
      .thenRefused('GRID_UNKNOWN');
  });

  it('keeps who said it in which seat, and the upstream number with its due', () => {
    const { incident } = story().report(
      {
        externalNumber: 'SH-1',
        upstreamDueAt: '2026-03-05T09:00:00+08:00',
        reporter: { wantsReply: true, confidential: true, anonymous: true },
      },
      people.seat,
    );
    expect(incident.discoveredBy).toMatchObject({
      id: 'seat',
      role: 'hotline-seat',
      post: 'hotline-seat',
    });
    expect(incident.demands).toMatchObject([
      { externalNumber: 'SH-1', wantsReply: true, confidential: true, anonymous: true },
    ]);
  });

  it('suggests centre and unit with the row’s reason', () => {
    const [event] = story().report({ categoryCode: 'C01-02' }).events;
    expect(event?.data).toMatchObject({ suggestion: { ruleId: 'manholes' } });
  });
});

describe('what is filed and assigned by rule', () => {
  it('takes an urgent case to its unit at once, as system, with the assisting unit', () => {
    const told = story()
      .whenReported({ categoryCode: 'E05-02' }, people.seat)
      .thenEmits('intake.reported', 'intake.filed', 'dispatch.assigned');
    expect(told.incident).toMatchObject({
      status: 'assigned',
      urgency: 'urgent',
      standardId: 'E05-02.1',
      assignment: {
        unitId: 'gas',
        by: 'system',
        suggestedBy: 'urgent-gas',
        assists: [{ unitId: 'roads' }],
      },
    });
    expect(told.events.slice(1).map((e) => e.data.by.role)).toEqual(['system', 'system']);
    expect(told.incident.clocks.handle?.dueAt).toBe('2026-03-02T03:00:00.000Z');
  });

  it('starts the clock of the assisting unit too, and leaves a complaint about it to people', () => {
    const told = story().report({ categoryCode: 'E05-02' }, people.seat);
    expect(told.incident.clocks['assist:roads']).toMatchObject({
      calendar: 'field',
      basis: 'standard:E05-02.1',
    });
    story()
      .whenReported({ categoryCode: 'E05-02', against: { unitId: 'roads' } }, people.seat)
      .thenEmits('intake.reported', 'intake.filed');
  });

  it('takes up an urgent case from a subdistrict’s own door when the district has the unit', () => {
    story()
      .whenReported({ categoryCode: 'E05-02' }, people.westGrid)
      .thenEmits('intake.reported', 'intake.filed', 'dispatch.taken-up', 'dispatch.assigned')
      .whenNudged()
      .thenState({ level: 'district', ownerCentreId: '310110019', assignment: { unitId: 'gas' } });
  });

  it('does so too when the clerk finds out only at filing that it is urgent', () => {
    story()
      .report({})
      .when(people.clerk, 'file', { categoryCode: 'E05-02', standardId: 'E05-02.1' })
      .thenEmits('intake.filed', 'dispatch.assigned');
  });

  it('follows a row that says auto, under the row’s own standard, for its channel only', () => {
    story()
      .whenReported({ categoryCode: 'E04-93', channel: 'sensor' })
      .thenEmits('intake.reported', 'intake.filed', 'dispatch.assigned')
      .whenNudged()
      .thenState({ standardId: 'E04-93.2', assignment: { unitId: 'roads' } });
    story().whenReported({ categoryCode: 'E04-93' }).thenEmits('intake.reported');
  });

  it('leaves a case on a boundary to people', () => {
    story()
      .whenReported({ categoryCode: 'E05-02', location: places.boundary })
      .thenEmits('intake.reported');
  });
});

describe('an import', () => {
  const told = story().report(
    { categoryCode: 'C01-02', occurredAt: '2024-05-06T10:00:00+08:00' },
    people.admin,
  );

  it('runs the clocks from when it happened', () => {
    expect(told.incident).toMatchObject({ imported: true, reportedAt: '2024-05-06T02:00:00.000Z' });
    expect(told.incident.clocks.accept?.dueAt).toBe('2024-05-06T02:15:00.000Z');
    expect(told.events[0]).toMatchObject({ recordedAt: '2026-03-02T01:00:00.000Z' });
  });

  it('goes on at the times it is told, never backwards, whatever is done of itself between', () => {
    const told2024 = told
      .give(people.clerk, 'file', {
        categoryCode: 'C01-02',
        standardId: 'C01-02.2',
        occurredAt: '2024-05-06T10:05:00+08:00',
      })
      .give(people.dispatcher, 'assign', {
        unitId: 'roads',
        occurredAt: '2024-05-06T10:06:00+08:00',
      });
    expect(told2024.incident.clocks.handle?.startedAt).toBe('2024-05-06T02:06:00.000Z');
    told2024
      .when(people.roadsMember, 'receive', { occurredAt: '2024-05-06T10:00:00+08:00' })
      .thenRefused('TIME_BACKWARDS');
    const closed = told2024
      .give(people.roadsMember, 'receive', { occurredAt: '2024-05-06T11:00:00+08:00' })
      .give(people.roadsMember, 'finish', {
        result: 'resolved',
        occurredAt: '2024-05-06T15:00:00+08:00',
      })
      .give(people.roadsLeader, 'confirm', { occurredAt: '2024-05-06T16:00:00+08:00' })
      .give(people.verifier, 'check', { outcome: 'pass', occurredAt: '2024-05-06T17:00:00+08:00' });
    expect(closed.incident).toMatchObject({
      status: 'closed',
      closing: { onTime: true, at: '2024-05-06T09:00:00.000Z' },
      archiveDueAt: '2024-05-13T09:00:00.000Z',
    });
  });

  it('is archived by our own time, at the instant its waiting period was over', () => {
    const ended = told.give(people.clerk, 'answer', {
      answer: '已解释',
      occurredAt: '2024-05-06T10:10:00+08:00',
    });
    const archived = ended.whenNudged().thenEmits('archive.archived');
    expect(archived.events.at(-1)?.occurredAt).toBe('2024-05-13T02:10:00.000Z');
    told.whenNudged().thenEmits();
  });

  it('takes who names no time to act now', () => {
    const now = told
      .when(people.clerk, 'answer', { answer: '已解释' })
      .thenEmits(
        ...['intake.clock-warned', 'intake.clock-overdue'],
        ...['intake.clock-warned', 'intake.clock-overdue'],
        'intake.went-live',
        'intake.answered',
        'archive.evaluated',
      );
    expect(now.incident.endedAt).toBe('2026-03-02T01:00:00.000Z');
  });

  it('bears marks of the time it tells of', () => {
    const late = told.give(people.clerk, 'file', {
      categoryCode: 'C01-02',
      standardId: 'C01-02.2',
      occurredAt: '2024-05-06T11:00:00+08:00',
    });
    expect(late.types).toEqual([
      ...['intake.reported', 'intake.clock-warned', 'intake.clock-overdue', 'intake.filed'],
    ]);
    expect(late.events[2]?.occurredAt).toBe('2024-05-06T02:15:00.000Z');
  });

  it('is for who may import alone: from others occurredAt is shown and never counted', () => {
    const { incident, events } = story().report(
      { occurredAt: '2026-03-01T10:00:00+08:00' },
      people.clerk,
    );
    expect(incident.reportedAt).toBe(new Date(MONDAY_NINE).toISOString());
    expect(events[0]?.occurredAt).toBe('2026-03-01T10:00:00+08:00');
  });
});
