import { filed, people, places, reported, reportedByCaller, story } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';

const { clerk, supervisor, seat } = people;

describe('the fact check', () => {
  const inGrid = story().report({ location: places.grid }, clerk);
  const asked = inGrid.give(clerk, 'request-fact-check');
  const photo = { attachments: ['seen'] };

  it('goes to the grid’s own worker and lets the accept clock stand still', () => {
    inGrid
      .when(clerk, 'request-fact-check')
      .thenEmits('intake.fact-check-requested')
      .whenNudged()
      .thenState({ status: 'fact-checking', factCheck: { askedOf: 'west-grid', by: 'clerk' } });
    const back = asked
      .later(60)
      .give(people.westGrid, 'report-fact-check', { outcome: 'true', ...photo });
    expect(back.incident.clocks.accept?.redAt).toBeUndefined();
    expect(back.incident.clocks.verify).toMatchObject({ verdict: 'late' });
    expect(back.incident).toMatchObject({ status: 'reported', factCheck: { outcome: 'true' } });
    expect(back.incident.clocks.accept?.dueAt).toBe('2026-03-02T02:15:00.000Z');
    expect(back.incident.evidence).toMatchObject([{ id: 'seen', kind: 'fact-check' }]);
  });

  it('refuses who is no grid worker of that grid', () => {
    for (const personId of ['west-other-grid', 'east-grid', 'verifier', 'nobody']) {
      inGrid.when(clerk, 'request-fact-check', { personId }).thenRefused('NOT_THE_GRIDS');
    }
  });

  it('can be reported by the one who was asked and by the shift supervisor alone', () => {
    const others = story().report({}, clerk).give(clerk, 'request-fact-check');
    others
      .when(supervisor, 'report-fact-check', { outcome: 'not-found', text: '现场未见' })
      .thenState({ status: 'reported' });
    asked
      .when(people.westOtherGrid, 'report-fact-check', { outcome: 'true', ...photo })
      .thenRefused('INCIDENT_NOT_FOUND');
    asked
      .when({ ...people.westGrid, id: 'stand-in', grids: ['310110019'] }, 'report-fact-check', {
        outcome: 'not-true',
      })
      .thenRefused('FACT_CHECK_OF_ANOTHER');
  });

  it('wants to see or hear what was found, whatever it was', () => {
    for (const outcome of ['true', 'not-true', 'not-found'] as const) {
      const report = (more: { text?: string; attachments?: string[] }) =>
        asked.when(people.westGrid, 'report-fact-check', { outcome, ...more });
      report({}).thenRefused('EVIDENCE_MISSING');
      report({ text: ' ', attachments: [] }).thenRefused('EVIDENCE_MISSING');
      report({ text: '现场情况' }).thenState({ status: 'reported' });
      report(photo).thenState({ status: 'reported' });
    }
  });

  it('keeps every decision waiting while it is out', () => {
    asked
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' })
      .thenRefused('FACT_CHECK_OPEN');
    asked.when(clerk, 'decline', { reasonCode: 'out-of-district' }).thenRefused('FACT_CHECK_OPEN');
    asked.when(clerk, 'answer', { answer: '已解释' }).thenRefused('FACT_CHECK_OPEN');
    asked.when(clerk, 'transfer', { centreId: '310110019' }).thenRefused('FACT_CHECK_OPEN');
    asked.when(clerk, 'request-fact-check').thenRefused('FACT_CHECK_OPEN');
    asked.when(clerk, 'merge', { into: asked.id }).thenRefused('FACT_CHECK_OPEN');
  });

  it('refuses a report nobody asked for', () => {
    inGrid
      .when(people.westGrid, 'report-fact-check', { outcome: 'true', ...photo })
      .thenRefused('NO_FACT_CHECK');
  });
});

describe('filing', () => {
  it('hands the incident to dispatch, under the row and kind of the category', () => {
    const told = reported()
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.2' })
      .thenEmits('intake.filed');
    expect(told.incident).toMatchObject({
      status: 'to-dispatch',
      custodian: 'dispatch',
      kind: 'component',
      standardId: 'C01-02.2',
      ownerCentreId: '310110',
    });
    expect(told.incident.clocks.accept).toMatchObject({ verdict: 'on-time' });
    expect(told.incident.clocks.dispatch?.dueAt).toBe('2026-03-02T01:15:00.000Z');
  });

  it.each([
    ['H01-01', 'hotline', 'end-to-end:hotline'],
    ['E01-10', 'event', 'end-to-end:default'],
  ])('plans the clock of the whole by what %s turned out to be', (categoryCode, kind, basis) => {
    const { incident } = reported().give(clerk, 'file', {
      categoryCode,
      standardId: `${categoryCode}.1`,
    });
    expect(incident.kind).toBe(kind);
    expect(incident.clocks['end-to-end']?.basis).toBe(basis);
  });

  it('wants a category of the catalogue and a row of that category', () => {
    reported().when(clerk, 'file', { categoryCode: 'X01-01' }).thenRefused('CATEGORY_UNKNOWN');
    reported().when(clerk, 'file', { categoryCode: 'C01-02' }).thenRefused('STANDARD_MISSING');
    reported()
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'E01-10.1' })
      .thenRefused('STANDARD_UNKNOWN');
  });

  it('lets the shift supervisor dispatch first and complete later', () => {
    const pending = { categoryCode: 'C01-02', pending: true };
    reported().when(clerk, 'file', pending).thenRefused('PENDING_NOT_PERMITTED');
    const sent = reported()
      .give(supervisor, 'file', pending)
      .give(people.dispatcher, 'assign', { unitId: 'roads' });
    expect(sent.incident).toMatchObject({ standardPending: true });
    expect(sent.incident.clocks.handle).toMatchObject({ basis: 'default:handle' });
    const completed = sent.give(clerk, 'amend', {
      standardId: 'C01-02.1',
      reasonCode: 'standard-completed',
    }).incident;
    expect(completed.standardPending).toBeUndefined();
    expect(completed.clocks.handle).toMatchObject({
      basis: 'standard:C01-02.1',
      dueAt: '2026-03-02T07:30:00.000Z',
    });
  });

  it('is done once: afterwards another stage holds the incident', () => {
    filed()
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' })
      .thenRefused('NOT_IN_CUSTODY');
  });
});

describe('self-handling', () => {
  const body = { categoryCode: 'E01-10', selfHandled: true, channel: 'grid-worker' } as const;

  it('is accepted on sight of a photo before and one after', () => {
    story()
      .report({ ...body, attachments: ['before', 'after'] }, people.westGrid)
      .when(people.westClerk, 'file', { categoryCode: 'E01-10', standardId: 'E01-10.1' })
      .thenEmits('intake.self-handled', 'archive.evaluated')
      .whenNudged()
      .thenState({ status: 'self-handled', outcome: 'self-handled', handlers: ['west-grid'] });
  });

  it.each([[[]], [['before']]])('is not accepted with the photos %j alone', (attachments) => {
    const told = story().report({ ...body, attachments }, people.westGrid);
    told.when(people.westClerk, 'file', { categoryCode: 'E01-10' }).thenRefused('EVIDENCE_MISSING');
    const filedAnyway = told
      .when(people.westClerk, 'file', { categoryCode: 'E01-10', standardId: 'E01-10.1' })
      .thenEmits('intake.filed')
      .whenNudged()
      .thenState({ status: 'to-dispatch', standardId: 'E01-10.1' });
    expect(filedAnyway.incident.selfHandled).toBeUndefined();
  });
});

describe('ending at the counter', () => {
  it.each([
    ['out-of-district', 'not-accepted', 'out-of-scope'],
    ['condition-not-met', 'not-filed', 'invalid'],
  ])('declines for %s as %s, %s', (reasonCode, kind, validity) => {
    const told = reported()
      .when(clerk, 'decline', { reasonCode })
      .thenEmits('intake.declined', 'archive.evaluated');
    expect(told.events.at(-2)?.data).toMatchObject({ reasonCode, kind, validity });
    expect(told.incident).toMatchObject({ status: 'declined', custodian: 'archive' });
    expect(Object.values(told.incident.clocks).every((c) => c.stoppedAt !== undefined)).toBe(true);
  });

  it('refuses a reason that is not in the list', () => {
    reported().when(clerk, 'decline', { reasonCode: 'mood' }).thenRefused('REASON_UNKNOWN');
  });

  it('answers on the spot, which answers every caller', () => {
    const told = reportedByCaller()
      .when(seat, 'answer', { answer: '已当场解释' })
      .thenEmits('intake.answered', 'archive.evaluated');
    expect(told.incident.demands[0]?.answeredAt).toBe('2026-03-02T01:00:00.000Z');
  });
});

describe('transfer', () => {
  it('moves the case to another centre’s counter, which answers for it from then on', () => {
    const moved = reported().give(clerk, 'transfer', { centreId: '310110012' });
    expect(moved.incident).toMatchObject({
      status: 'reported',
      ownerCentreId: '310110012',
      level: 'subdistrict',
    });
    moved
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' })
      .thenRefused('NOT_PERMITTED');
    moved
      .when(people.eastClerk, 'transfer', { centreId: '310110' })
      .thenState({ level: 'district', ownerCentreId: '310110' });
  });

  it('refuses a centre that is not there, and the one that has it', () => {
    reported().when(clerk, 'transfer', { centreId: '999' }).thenRefused('CENTRE_UNKNOWN');
    reported().when(clerk, 'transfer', { centreId: '310110' }).thenRefused('CENTRE_SAME');
  });
});

describe('merging', () => {
  const two = () => {
    const first = filed();
    const second = first.report({ categoryCode: 'C01-02', reporter: { wantsReply: true } }, seat);
    return { into: first.id, second };
  };

  it('ends the one and hands its callers to the other', () => {
    const { into, second } = two();
    const started = second.when(clerk, 'merge', { into }).thenEmits('intake.merge-started');
    expect(started.incident).toMatchObject({ status: 'merging', mergingInto: into });
    const merged = started
      .whenAsksAreAnswered()
      .thenEmits('dispatch.absorbed', 'intake.merged', 'archive.evaluated');
    expect(merged.incident).toMatchObject({ status: 'merged', custodian: 'archive' });
    expect(merged.about(into).incident).toMatchObject({
      absorbed: [second.id],
      demands: [{ wantsReply: false }, { wantsReply: true }],
    });
  });

  it('goes back to where it was when the other has ended meanwhile', () => {
    const { into, second } = two();
    const started = second.give(clerk, 'merge', { into });
    const gone = started.about(into).give(clerk, 'withdraw').about(second.id);
    const back = gone.whenAsksAreAnswered().thenEmits('intake.merge-abandoned');
    expect(back.incident.status).toBe('reported');
    expect(back.incident.mergingInto).toBeUndefined();
    expect(back.events.at(-1)?.data).toMatchObject({ into, code: 'INCIDENT_ENDED' });
  });

  it('lets nothing in while it is under way, and makes no circles', () => {
    const { into, second } = two();
    const merging = second.give(clerk, 'merge', { into });
    merging
      .when(clerk, 'file', { categoryCode: 'C01-02', standardId: 'C01-02.1' })
      .thenRefused('INCIDENT_MERGING');
    merging.when(seat, 'supplement', { channel: 'hotline-12345' }).thenRefused('INCIDENT_MERGING');
    merging.when(seat, 'withdraw').thenRefused('INCIDENT_MERGING');
    const body = { from: into, demands: [] };
    merging.whenAsked({ verb: 'absorb', body }).thenRefused('INCIDENT_MERGING');
    merging.when(clerk, 'note', { text: '可以备注' }).thenEmits('intake.noted');
  });

  it('cannot be merged into itself', () => {
    const one = reported();
    one.when(clerk, 'merge', { into: one.id }).thenRefused('MERGE_INTO_ITSELF');
  });

  it('hears of the end once, whoever says it twice', () => {
    const { into, second } = two();
    const body = { into, absorbed: false, code: 'INCIDENT_ENDED' };
    second
      .give(clerk, 'merge', { into })
      .whenAsked({ verb: 'conclude-merge', body })
      .thenEmits('intake.merge-abandoned')
      .whenAsked({ verb: 'conclude-merge', body })
      .thenEmits();
  });
});
