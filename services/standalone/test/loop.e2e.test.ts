import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, eventually, type Person, type Product, startProduct } from './product.ts';

let product: Product;
const who = (id: string): Promise<Person> => product.as(id);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

/** Gives a command as somebody and insists that it is taken. */
async function does(person: string, id: string, verb: string, body: object = {}): Promise<Answer> {
  const answer = await (await who(person)).give(id, verb, body);
  expect(answer.body, `${person} ${verb}`).toMatchObject({ id });
  return answer;
}

async function refused(person: string, id: string, verb: string, body: object = {}) {
  const { status, body: problem } = await (await who(person)).give(id, verb, body);
  return { status, code: problem.code };
}

async function reported(person = 'chen-seat', body: object = {}): Promise<string> {
  const answer = await (await who(person)).report({ channel: 'hotline-12345', ...body });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function filed(): Promise<string> {
  const id = await reported();
  await does('li-clerk', id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
  return id;
}

async function handled(id: string): Promise<void> {
  await does('shen-greening-leader', id, 'receive');
  await finished(id);
}

async function finished(id: string): Promise<void> {
  const photo = await (await who('han-greening-member')).photo();
  await does('han-greening-member', id, 'finish', {
    result: 'resolved',
    answer: '已清理',
    attachments: [photo],
  });
  await does('shen-greening-leader', id, 'confirm');
}

async function closedCase(): Promise<string> {
  const id = await filed();
  await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
  await handled(id);
  await does('zhou-verifier', id, 'check', { outcome: 'pass' });
  return id;
}

const state = async (id: string) => (await (await who('li-clerk')).get(`/incidents/${id}`)).body;
const history = async (id: string): Promise<string[]> => {
  const { version } = await state(id);
  const { body } = await (await who('li-clerk')).get(
    `/incidents/${id}/history?minVersion=${version}`,
  );
  return body.events.map((e: { type: string }) => e.type.slice(12, -3));
};

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
    expect(await refused('wang-dispatcher', id, 'rule-return', { ruling: 'send-back' })).toEqual({
      status: 409,
      code: 'SUPERVISOR_RULES',
    });
    await does('wang-dispatcher', id, 'rule-return', { ruling: 'reassign', unitId: 'yp-roads' });
    await does('yang-roads-leader', id, 'return', give);
    await does('zhao-supervisor', id, 'rule-return', { ruling: 'reassign', unitId: 'yp-greening' });
    await does('shen-greening-leader', id, 'return', give);
    await does('sun-supervisor', id, 'rule-return', { ruling: 'send-back' });
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
    await does('zhou-verifier', id, 'check', { outcome: 'fail', cause: await reasonOf('rework') });
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

  it('merges into another incident, whose demands then count', async () => {
    const [a, b] = [await reported(), await reported()];
    await does('li-clerk', a, 'merge', { into: b });
    const merged = await eventually(
      () => state(a),
      ({ status }) => status === 'merged',
    );
    expect(merged.custodian).toBe('archive');
    expect((await state(b)).demands).toHaveLength(2);
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

describe('every other command', () => {
  const soon = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

  it('of 受理 is taken', async () => {
    const checked = await reported();
    await does('li-clerk', checked, 'request-fact-check');
    await does('tao-grid', checked, 'report-fact-check', { outcome: 'true', text: '属实' });
    await does('li-clerk', checked, 'transfer', { centreId: '310110012' });
    expect(await state(checked)).toMatchObject({ centreId: '310110012', status: 'reported' });
    const declined = await reported();
    await does('li-clerk', declined, 'decline', { reasonCode: await reasonOf('decline') });
    expect(await state(declined)).toMatchObject({ custodian: 'archive', status: 'declined' });
    const answered = await reported();
    await does('chen-seat', answered, 'answer', { answer: '已告知办理途径' });
    expect((await state(answered)).status).toBe('answered');
  });

  it('of 派遣 is taken', async () => {
    const id = await filed();
    const cancel = { reasonCode: await reasonOf('cancel') };
    await does('wang-dispatcher', id, 'cancel', cancel);
    expect(await refused('liu-dispatcher', id, 'cancel', cancel)).toMatchObject({
      code: 'APPLICATION_PENDING',
    });
    await does('zhao-supervisor', id, 'cancel', cancel);
    expect(await state(id)).toMatchObject({ custodian: 'archive', status: 'cancelled' });
  });

  it('of 处置 is taken', async () => {
    const id = await filed();
    const recall = { reasonCode: await reasonOf('recall') };
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await does('wang-dispatcher', id, 'recall', recall);
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await does('shen-greening-leader', id, 'receive');
    expect((await refused('wang-dispatcher', id, 'recall', recall)).code).toBe('RECALL_TOO_LATE');
    await does('shen-greening-leader', id, 'assign-crew', { personIds: ['han-greening-member'] });
    const { clocks } = await state(id);
    const until = new Date(Date.parse(clocks.handle.dueAt) + 60_000).toISOString();
    await does('han-greening-member', id, 'request-extension', { until });
    await does('shen-greening-leader', id, 'decide-extension', { decision: 'grant' });
    await does('wang-dispatcher', id, 'decide-extension', { decision: 'grant' });
    expect(Date.parse((await state(id)).clocks.handle.dueAt)).toBe(Date.parse(until));
    const photo = await (await who('han-greening-member')).photo();
    await does('han-greening-member', id, 'finish', { result: 'resolved', attachments: [photo] });
    await does('shen-greening-leader', id, 'send-back', { text: '请补拍全景' });
    expect((await state(id)).status).toBe('handling');
    await does('han-greening-member', id, 'request-suspension', {
      until: soon(3),
      kind: 'weather',
    });
    await does('shen-greening-leader', id, 'decide-suspension', { decision: 'refuse' });
    expect((await state(id)).status).toBe('handling');
  });

  it('of 核查 is taken', async () => {
    const id = await filed();
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    expect((await refused('li-clerk', id, 'close')).code).toBe('NOT_CHECKED');
    await does('li-clerk', id, 'order-rework', { cause: await reasonOf('rework') });
    const { status } = await state(id);
    if (status === 'assigned') await does('shen-greening-leader', id, 'receive');
    await finished(id);
    await does('zhao-supervisor', id, 'close', { forced: true, text: '现场已灭失，无法核查' });
    expect(await state(id)).toMatchObject({ status: 'closed', closing: { forced: true } });
  });

  it('that goes wherever the incident is, is taken', async () => {
    const id = await filed();
    await does('li-clerk', id, 'note', { text: '已电话联系物业' });
    await does('chen-seat', id, 'supplement', { channel: 'hotline-12345' });
    await does('li-clerk', id, 'amend', { urgency: 'urgent', reasonCode: await reasonOf('amend') });
    const order = { kind: 'overdue', requirement: '尽快处置', dueAt: soon(1) };
    await does('zhao-supervisor', id, 'supervise', order);
    const { supervisions, urgency } = await state(id);
    expect(urgency).toBe('urgent');
    const [{ id: supervisionId }] = supervisions;
    await does('zhao-supervisor', id, 'withdraw-supervision', { supervisionId });
  });
});

describe('what is shown', () => {
  it('is documented: each route has a summary, a heading, an answer and its refusals', async () => {
    const { paths } = (await (await fetch(`${product.url}/openapi.json`)).json()) as {
      // The document is looked into as it comes.
      // biome-ignore lint/suspicious/noExplicitAny: its shape is what is tested
      paths: Record<string, Record<string, any>>;
    };
    const poor: string[] = [];
    for (const [path, methods] of Object.entries(paths)) {
      if (!path.startsWith('/api/')) continue;
      for (const [method, { summary, tags, responses }] of Object.entries(methods)) {
        const answers = Object.keys(responses).filter((status) => status.startsWith('2'));
        const whole = /[一-鿿]/.test(summary ?? '') && tags?.length > 0;
        if (!whole || answers.length === 0 || responses.default === undefined) {
          poor.push(`${method} ${path}`);
        }
      }
    }
    expect(poor).toEqual([]);
    expect((await fetch(`${product.url}/docs`)).status).toBe(200);
  });

  it('as a page needs nothing from elsewhere and nothing inline', async () => {
    const page = await fetch(`${product.url}/`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|on[a-z]+=|https?:\/\//);
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]);
    expect(files).toContain('/app.js');
    for (const file of [...files, '/stream.js', '/words.js']) {
      expect([file, (await fetch(product.url + file)).status]).toEqual([file, 200]);
    }
  });
});

async function reasonOf(act: string): Promise<string> {
  const { body } = await (await who('li-clerk')).get('/catalogue');
  return body.reasons[act][0].code;
}
