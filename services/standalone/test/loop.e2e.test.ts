import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { eventually, type Product, startProduct } from './product.ts';

let product: Product;
const {
  who,
  does,
  refused,
  reported,
  filed,
  handled,
  finished,
  closedCase,
  state,
  history,
  reasonOf,
} = casesOf(() => product);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

describe('the loop over HTTP', () => {
  it('goes from report to archive, each step in the history', async () => {
    const id = await reported('chen-seat', {
      reporter: { name: '张三', phone: '13812345678', wantsReply: true },
    });
    await does('li-clerk', id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await does('shen-greening-leader', id, 'receive');
    await does('han-greening-member', id, 'contact', { result: 'reached' });
    await finished(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    expect((await state(id)).status).toBe('to-close');
    await does('li-clerk', id, 'call-back', {
      reached: true,
      resolved: true,
      satisfaction: 'satisfied',
    });
    await does('wu-evaluator', id, 'archive');
    const types = await history(id);
    expect(types.slice(0, 4)).toEqual([
      'intake.reported',
      'intake.filed',
      'dispatch.assigned',
      'handling.received',
    ]);
    expect(types).toContain('verification.closed');
    expect(types.at(-1)).toBe('archive.archived');
    expect((await state(id)).status).toBe('archived');
  });

  it('turns within a subdistrict centre, where the district only looks on', async () => {
    const id = await reported('he-clerk', { channel: 'walk-in' });
    await does('he-clerk', id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
    expect((await state(id)).level).toBe('subdistrict');
    expect(await refused('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' })).toMatchObject(
      {
        status: 403,
      },
    );
    await does('lv-dispatcher', id, 'assign', { unitId: 'wujiaochang-enforcement' });
    await does('yan-enforcement-leader', id, 'receive');
    const photo = await (await who('hua-enforcement-member')).photo();
    const finish = { result: 'resolved', attachments: [photo] };
    await does('hua-enforcement-member', id, 'finish', finish);
    await does('yan-enforcement-leader', id, 'confirm');
    await does('zhang-verifier', id, 'check', { outcome: 'pass' });
    await does('kong-evaluator', id, 'archive');
    expect(await state(id)).toMatchObject({ status: 'archived', ownerCentreId: '310110019' });
  });

  it('moves between the two levels: down, up, down and taken up', async () => {
    const id = await filed();
    await does('wang-dispatcher', id, 'pass-down');
    expect(await state(id)).toMatchObject({ level: 'subdistrict', centreId: '310110019' });
    await does('lv-dispatcher', id, 'escalate', { kind: 'not-our-area' });
    expect(await state(id)).toMatchObject({ level: 'district', centreId: '310110' });
    await does('wang-dispatcher', id, 'pass-down', { centreId: '310110012' });
    await does('wang-dispatcher', id, 'take-up');
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    expect(await refused('wang-dispatcher', id, 'take-up')).toMatchObject({
      status: 409,
      code: 'NOT_IN_CUSTODY',
    });
  });

  it('lets units return until the district rules, after which they may not', async () => {
    const id = await filed();
    const give = { reasonCode: await reasonOf('return') };
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await does('shen-greening-leader', id, 'return', give);
    expect(
      await refused('wang-dispatcher', id, 'rule-return', {
        ruling: 'send-back',
        fault: 'shirking',
      }),
    ).toEqual({
      status: 409,
      code: 'SUPERVISOR_RULES',
    });
    await does('wang-dispatcher', id, 'rule-return', {
      ruling: 'reassign',
      fault: 'misdispatch',
      unitId: 'yp-roads',
    });
    await does('yang-roads-leader', id, 'return', give);
    await does('zhao-supervisor', id, 'rule-return', {
      ruling: 'reassign',
      fault: 'misdispatch',
      unitId: 'yp-greening',
    });
    await does('shen-greening-leader', id, 'return', give);
    await does('sun-supervisor', id, 'rule-return', { ruling: 'send-back', fault: 'shirking' });
    expect(await refused('shen-greening-leader', id, 'return', give)).toEqual({
      status: 409,
      code: 'RETURN_BARRED',
    });
    expect((await state(id)).counters.returns).toBe(3);
  });

  it('goes back for rework after a failed check and comes round again', async () => {
    const id = await filed();
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    expect(await refused('zhou-verifier', id, 'check', { outcome: 'fail' })).toMatchObject({
      code: 'CAUSE_MISSING',
    });
    const failed = { outcome: 'fail', cause: await reasonOf('rework'), text: '路面仍有杂物' };
    await does('zhou-verifier', id, 'check', failed);
    expect(await state(id)).toMatchObject({ custodian: 'handling', counters: { reworks: 1 } });
    const { status } = await state(id);
    if (status === 'assigned') await does('shen-greening-leader', id, 'receive');
    await finished(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    expect((await state(id)).status).toBe('closed');
  });

  it('stands still while suspended and goes on when resumed', async () => {
    const id = await filed();
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await does('shen-greening-leader', id, 'receive');
    const until = new Date(Date.now() + 5 * 86_400_000).toISOString();
    await does('han-greening-member', id, 'request-suspension', { until, kind: 'weather' });
    expect(
      await refused('zhao-supervisor', id, 'decide-suspension', { decision: 'grant' }),
    ).toMatchObject({ code: 'NOT_YOUR_STEP' });
    await does('shen-greening-leader', id, 'decide-suspension', { decision: 'grant' });
    await does('zhao-supervisor', id, 'decide-suspension', { decision: 'grant' });
    expect((await state(id)).status).toBe('suspended');
    expect(await refused('han-greening-member', id, 'finish', { result: 'explained' })).toEqual({
      status: 409,
      code: 'SUSPENDED',
    });
    await does('shen-greening-leader', id, 'resume');
    expect((await state(id)).status).toBe('handling');
  });

  it('is reopened before it is archived, and not after', async () => {
    const id = await closedCase();
    const reopen = { reasonCode: await reasonOf('reopen') };
    await does('li-clerk', id, 'reopen', reopen);
    expect(await state(id)).toMatchObject({ custodian: 'dispatch', counters: { reopens: 1 } });
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    await does('wu-evaluator', id, 'archive');
    expect((await refused('li-clerk', id, 'reopen', reopen)).status).toBe(409);
  });

  it('takes the same source number as the same incident, then a reopening, then a follower', async () => {
    const source = { externalNumber: `H-${Date.now()}`, channel: 'hotline-12345' };
    const seat = await who('chen-seat');
    const first = await seat.report(source);
    const again = await seat.report(source);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toMatchObject({ id: first.body.id, repeat: 'supplemented' });
    const id = first.body.id;
    await does('li-clerk', id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    const reopened = await seat.report(source);
    expect(reopened.body).toMatchObject({ id, repeat: 'reopened' });
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    await does('wu-evaluator', id, 'archive');
    const later = await seat.report(source);
    expect(later.status).toBe(201);
    expect(await state(later.body.id)).toMatchObject({ follows: id });
  });

  it('merges into another incident, whose demands then count, and goes its own way again', async () => {
    const [a, b] = [await reported(), await reported()];
    await does('li-clerk', a, 'merge', { into: b });
    const merged = await eventually(
      () => state(a),
      ({ status }) => status === 'merged',
    );
    expect(merged.custodian).toBe('archive');
    expect((await state(b)).demands).toHaveLength(2);
    await does('li-clerk', a, 'unmerge', { text: '并非同一问题' });
    const back = await eventually(
      () => state(a),
      ({ status }) => status === 'reported',
    );
    expect(back).toMatchObject({ custodian: 'intake', demands: [{}] });
    expect((await state(b)).demands).toHaveLength(1);
    await does('li-clerk', a, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
  });

  it('is supervised, answered and withdrawn wherever it is', async () => {
    const id = await filed();
    const dueAt = new Date(Date.now() + 86_400_000).toISOString();
    const order = { kind: 'leader', requirement: '今日办结', dueAt };
    await does('zheng-leader', id, 'supervise', order);
    const { supervisions } = await state(id);
    await does('wang-dispatcher', id, 'reply-supervision', { supervisionId: supervisions[0].id });
    await does('li-clerk', id, 'urge');
    await does('li-clerk', id, 'withdraw');
    expect(await state(id)).toMatchObject({ status: 'withdrawn', custodian: 'archive' });
  });

  it('suggests open incidents of the same kind close by, and merges nothing by itself', async () => {
    const body = { categoryCode: 'E01-17' };
    const first = await reported('chen-seat', body);
    const second = await eventually(
      async () =>
        (await (await who('chen-seat')).report({ channel: 'hotline-12345', ...body })).body,
      ({ duplicates }) => duplicates !== undefined,
    );
    expect(second.duplicates.map((d: { id: string }) => d.id)).toContain(first);
    expect((await state(first)).status).toBe('reported');
  });
});
