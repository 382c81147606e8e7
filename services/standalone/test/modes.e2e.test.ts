import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { type Answer, type Product, startProduct } from './product.ts';

let product: Product;
const { who, filed, state, history } = casesOf(() => product);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
});

const ahead = (ms: number): string => new Date(Date.now() + ms).toISOString();
const flood = (ms: number, rest: object = {}) => ({
  modeId: 'flood-3',
  reason: '台风橙色预警',
  until: ahead(ms),
  ...rest,
});
const post = async (person: string, path: string, body: object): Promise<Answer> =>
  (await who(person)).post(`/modes/${path}`, body);
const modes = async () => (await (await who('li-clerk')).get('/modes')).body;
const codeOf = ({ status, body }: Answer) => [status, body.code];

/** Proposed by one, approved by another: the activation. */
async function on(ms: number, rest: object = {}): Promise<{ id: string; until: string }> {
  const proposed = await post('zhao-supervisor', 'proposals', flood(ms, rest));
  expect(proposed.status, JSON.stringify(proposed.body)).toBe(201);
  const approved = await post('zheng-leader', `proposals/${proposed.body.id}/approve`, {});
  expect(approved.status, JSON.stringify(approved.body)).toBe(200);
  return approved.body;
}

async function until(probe: () => Promise<boolean>, what: string, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await probe())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

const dispatchClock = async (id: string) => (await state(id)).clocks.dispatch;
const replans = async (id: string): Promise<number> =>
  (await history(id)).filter((type) => type.endsWith('.replanned')).length;

describe('a mode (平战) over HTTP', () => {
  it('is defined by the pack, and seen by everybody with a seat', async () => {
    const { definitions, active } = await modes();
    expect(definitions.map(({ id }: { id: string }) => id)).toEqual(['flood-3', 'event-guard']);
    expect(active).toEqual([]);
    expect((await (await who('demo-citizen')).get('/modes')).status).toBe(403);
  });

  it('is previewed, proposed by one, approved by another, changes limits, and reverts at its expiry', async () => {
    const id = await filed();
    const before = await dispatchClock(id);
    let preview = await post('zhao-supervisor', 'preview', { modeId: 'flood-3' });
    expect(preview.status).toBe(200);
    await until(async () => {
      preview = await post('zhao-supervisor', 'preview', { modeId: 'flood-3' });
      return preview.body.incidents >= 1;
    }, 'the live picture to show it');
    expect(preview.body.examined).toBe(preview.body.open);
    const tried = (person: string, body: object) => post(person, 'preview', body);
    const flooding = { modeId: 'flood-3' };
    expect(codeOf(await tried('cao-leader', flooding))).toEqual([403, 'NOT_PERMITTED']);
    expect((await tried('wang-dispatcher', flooding)).status).toBe(403);
    const guard = (area: string) => ({ modeId: 'event-guard', areas: [area] });
    expect(codeOf(await tried('shi-supervisor', guard('310110012')))).toEqual([
      403,
      'NOT_PERMITTED',
    ]);
    expect((await tried('shi-supervisor', guard('310110019'))).status).toBe(200);
    const line = preview.body.lines.find((l: { clock: string }) => l.clock === 'dispatch');
    expect(line).toMatchObject({ earlier: expect.any(Number), overdueAtOnce: 0 });
    expect(await replans(id)).toBe(0);

    const proposed = await post('zhao-supervisor', 'proposals', flood(6_000));
    expect(proposed.status).toBe(201);
    const { id: proposal } = proposed.body;
    const approve = (person: string) => post(person, `proposals/${proposal}/approve`, {});
    expect(codeOf(await approve('zhao-supervisor'))).toEqual([409, 'OWN_PROPOSAL']);
    expect(codeOf(await approve('cao-leader'))).toEqual([403, 'NOT_PERMITTED']);
    expect((await approve('wang-dispatcher')).status).toBe(403);
    expect((await dispatchClock(id)).dueAt).toBe(before.dueAt);

    const approved = await approve('zheng-leader');
    expect(approved.body).toMatchObject({ status: 'active', approvedBy: 'zheng-leader' });
    await until(async () => (await dispatchClock(id)).mode === proposal, 'the mode to be followed');
    const during = await dispatchClock(id);
    expect(during.limit.amount).toBe(before.limit.amount / 2);
    expect(during.dueAt < before.dueAt).toBe(true);
    expect((await dispatchClock(await filed())).mode).toBe(proposal);

    await until(async () => (await modes()).active.length === 0, 'the expiry');
    await until(async () => (await dispatchClock(id)).mode === undefined, 'the way back');
    expect(await dispatchClock(id)).toMatchObject({ dueAt: before.dueAt, limit: before.limit });
    expect(await replans(id)).toBe(2);
    const [last] = (await modes()).history;
    expect(last.status).toBe('expired');
    expect(last.records.map(({ fact, by }: { fact: string; by: string }) => [fact, by])).toEqual([
      ['proposed', 'zhao-supervisor'],
      ['approved', 'zheng-leader'],
      ['began', 'system'],
      ['expired', 'system'],
    ]);
  });

  it('is on once at a time, can be extended by two and ended early by one', async () => {
    const active = await on(60_000);
    const again = await post('sun-supervisor', 'proposals', flood(60_000));
    expect(codeOf(again)).toEqual([409, 'MODE_OVERLAPS']);
    const longer = await on(120_000, { extends: active.id });
    expect((await modes()).active).toMatchObject([{ id: active.id, until: longer.until }]);
    expect(codeOf(await post('zheng-leader', `activations/${active.id}/end`, {}))).toEqual([
      400,
      'REQUEST_INVALID',
    ]);
    const ended = await post('zheng-leader', `activations/${active.id}/end`, {
      reason: '预警解除',
    });
    expect(ended.body).toMatchObject({ status: 'ended' });
    const id = await filed();
    expect((await dispatchClock(id)).mode).toBeUndefined();
  });

  it('is refused, withdrawn and kept to its ground and length', async () => {
    const propose = (person: string, body: object) => post(person, 'proposals', body);
    const one = (await propose('sun-supervisor', flood(60_000))).body.id;
    expect(codeOf(await post('zheng-leader', `proposals/${one}/withdraw`, {}))).toEqual([
      409,
      'NOT_YOUR_PROPOSAL',
    ]);
    const refused = await post('zheng-leader', `proposals/${one}/refuse`, { reason: '尚无必要' });
    expect(refused.body.status).toBe('refused');
    const two = (await propose('sun-supervisor', flood(60_000))).body.id;
    expect((await post('sun-supervisor', `proposals/${two}/withdraw`, {})).body.status).toBe(
      'withdrawn',
    );
    const guard = { modeId: 'event-guard', reason: '马拉松', until: ahead(60_000) };
    const where = (area: string) => ({ ...guard, areas: [area] });
    expect(codeOf(await propose('sun-supervisor', guard))).toEqual([400, 'MODE_SCOPE']);
    expect(codeOf(await propose('shi-supervisor', where('310110012')))).toEqual([
      403,
      'NOT_PERMITTED',
    ]);
    expect((await propose('shi-supervisor', where('310110019'))).status).toBe(201);
    expect(codeOf(await propose('sun-supervisor', flood(5 * 86_400_000)))).toEqual([
      409,
      'MODE_TOO_LONG',
    ]);
    expect(codeOf(await propose('sun-supervisor', flood(-1_000)))).toEqual([409, 'MODE_TIME']);
    expect(codeOf(await propose('sun-supervisor', { ...flood(9_000), modeId: 'x' }))).toEqual([
      400,
      'MODE_UNKNOWN',
    ]);
  });
});
