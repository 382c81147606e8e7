import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { type Product, startProduct } from './product.ts';

let product: Product;
const { who, does, refused, reported, filed, handled, finished, state, reasonOf } = casesOf(
  () => product,
);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

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
    await does('zhao-supervisor', id, 'decide-cancel', { decision: 'grant' });
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
    expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son[a-z]+=|https?:\/\//);
    const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]);
    expect(files).toContain('/app.js');
    for (const file of [...files, '/stream.js', '/words.js']) {
      expect([file, (await fetch(product.url + file)).status]).toEqual([file, 200]);
    }
  });
});

describe('the district as somebody may know it', () => {
  it('shows people of their own area, their unit, and citizens nobody', async () => {
    const idsOf = async (name: string): Promise<string[]> => {
      const { body } = await (await who(name)).get('/district');
      return body.people.map((person: { id: string }) => person.id);
    };
    expect(await idsOf('demo-citizen')).toEqual(['demo-citizen']);
    expect(await idsOf('han-greening-member')).toEqual([
      'shen-greening-leader',
      'han-greening-member',
    ]);
    const street = await idsOf('he-clerk');
    expect(street).toContain('lv-dispatcher');
    expect(street).not.toContain('li-clerk');
    expect(await idsOf('li-clerk')).toContain('he-clerk');
  });

  it('is sent again only when it has changed', async () => {
    const clerk = await who('li-clerk');
    for (const path of ['/district', '/catalogue', '/district?polygons=true']) {
      const first = await clerk.get(path);
      const known = { 'if-none-match': first.headers.get('etag') ?? '' };
      expect((await clerk.get(path, known)).status).toBe(304);
      expect((await clerk.get(path, { 'if-none-match': '"old"' })).status).toBe(200);
    }
    const [small, large] = [
      await clerk.get('/district'),
      await clerk.get('/district?polygons=true'),
    ];
    expect(JSON.stringify(small.body)).not.toContain('polygons');
    expect(JSON.stringify(large.body)).toContain('polygons');
  });
});
