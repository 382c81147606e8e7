import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { type Product, startProduct } from './product.ts';

let product: Product;
const { who, does, filed, closedCase, state } = casesOf(() => product);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

const get = async (person: string, path: string) => (await who(person)).get(path);
type Part = { holder: string; ms: number; lateMs: number; share: number };

describe('the clocks of an incident', () => {
  it('are listed with their limits, lamps and who had the incident when', async () => {
    const id = await closedCase();
    const { version } = await state(id);
    const { body } = await get('li-clerk', `/incidents/${id}/clocks`);
    expect(body).toMatchObject({ id, version });
    const handle = body.clocks.find(({ clock }: { clock: string }) => clock === 'handle');
    expect(handle).toMatchObject({
      name: '处置',
      basis: 'standard:E01-17.1',
      state: 'stopped',
      verdict: 'on-time',
      lamp: 'green',
      overdueMs: 0,
    });
    const [round] = body.rounds;
    const all = round.parts.reduce((sum: number, part: Part) => sum + part.ms, 0);
    expect(all).toBe(round.wholeMs);
    expect(round.parts.map(({ holder }: Part) => holder)).toEqual([
      'district',
      'unit',
      'verification',
    ]);
  });

  it('are as they were at any instant of the past', async () => {
    const id = await filed();
    const before = (await state(id)).recordedAt;
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    const list = async (asOf?: string): Promise<string[]> => {
      const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`;
      const { body } = await get('li-clerk', `/incidents/${id}/clocks${query}`);
      return body.clocks.map(({ clock }: { clock: string }) => clock);
    };
    expect(await list(before)).not.toContain('handle');
    expect(await list()).toContain('handle');
  });

  it('of an import are told by the policy they were computed by, which is younger than they are', async () => {
    const admin = await who('jiang-admin');
    const line = {
      key: randomUUID(),
      channel: 'hotline-12345',
      description: '路口有暴露垃圾',
      location: { lon: 121.5135, lat: 31.3013, crs: 'WGS84' },
      categoryCode: 'E01-17',
      occurredAt: '2026-09-29T16:00:00+08:00',
    };
    const type = { 'content-type': 'application/x-ndjson' };
    const taken = await admin.post('/incidents:batch', JSON.stringify(line), type);
    expect(taken.status).toBe(200);
    const asOf = encodeURIComponent('2026-09-29T16:30:00+08:00');
    const path = `/incidents/${taken.body.result.id}/clocks/end-to-end/explain?asOf=${asOf}`;
    const told = await get('li-clerk', path);
    expect(told.status).toBe(200);
    // Over the eight days of National Day, with the Saturday that makes up for them.
    expect(told.body.sentences.join('')).toContain('国庆');
  });

  it('are nobody else’s to see, and bad questions are refused', async () => {
    const id = await filed();
    const path = `/incidents/${id}/clocks`;
    expect((await get('xie-clerk', path)).status).toBe(404);
    expect((await get('xie-clerk', `${path}/end-to-end/explain`)).status).toBe(404);
    expect((await get('li-clerk', `/incidents/${randomUUID()}/clocks`)).status).toBe(404);
    const codes = [
      `${path}/handle/explain`,
      `${path}/nonsense/explain`,
      `${path}?asOf=2001-01-01T00:00:00Z`,
      `${path}?asOf=2999-01-01T00:00:00Z`,
      `${path}?asOf=yesterday`,
    ].map(async (bad) => {
      const { status, body } = await get('li-clerk', bad);
      return [status, body.code];
    });
    expect(await Promise.all(codes)).toEqual([
      [404, 'CLOCK_NOT_FOUND'],
      [404, 'CLOCK_NOT_FOUND'],
      [404, 'NOT_YET_REPORTED'],
      [400, 'AS_OF_IN_FUTURE'],
      [400, 'REQUEST_INVALID'],
    ]);
  });
});

describe('the explanation of a deadline', () => {
  it('adds up, in sentences and as data, now and as of then', async () => {
    const id = await filed();
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    const assigned = (await state(id)).recordedAt;
    await does('shen-greening-leader', id, 'receive');
    for (const query of ['', `?asOf=${encodeURIComponent(assigned)}`]) {
      const { status, body } = await get(
        'shen-greening-leader',
        `/incidents/${id}/clocks/handle/explain${query}`,
      );
      expect(status).toBe(200);
      expect(body.sentences[0]).toMatch(/^处置时限.+依据立案标准E01-17\.1.+起算。$/);
      expect(body.sentences.at(-1)).toMatch(/^截至.+剩余.+（绿灯）。$/);
      const { sum, counted, dueAt, ownDueAt } = body.explanation;
      expect(sum.adds).toBe(true);
      expect(counted.reduce((all: number, c: { ms: number }) => all + c.ms, 0)).toBe(sum.limitMs);
      expect(ownDueAt).toBe(dueAt);
      expect(body.explanation.at >= assigned).toBe(true);
    }
  });
});

describe('a preview', () => {
  const ask = async (body: object) => (await who('li-clerk')).post('/clocks/preview', body);

  it('says what the deadlines of such an incident would be, and why', async () => {
    const { status, body } = await ask({
      channel: 'hotline-12345',
      standardId: 'E01-17.1',
      unitId: 'yp-greening',
      start: '2026-02-14T15:30:00+08:00',
    });
    expect(status).toBe(200);
    const handle = body.clocks.find(({ clock }: { clock: string }) => clock === 'handle');
    expect(handle.explanation.sum.adds).toBe(true);
    expect(handle.basisText).toMatch(/^立案标准E01-17\.1/);
    expect(body.clocks.map(({ clock }: { clock: string }) => clock)).toContain('end-to-end');
  });

  it('is bound by what upstream waits for', async () => {
    const { body } = await ask({
      channel: 'hotline-12345',
      start: '2026-03-02T09:00:00+08:00',
      upstreamDueAt: '2026-03-02T10:00:00+08:00',
    });
    const whole = body.clocks.find(({ clock }: { clock: string }) => clock === 'end-to-end');
    expect(whole.dueAt).toBe('2026-03-02T02:00:00.000Z');
    expect(whole.explanation.bound.binds).toBe(true);
  });

  it('is refused for what the district does not have', async () => {
    const bad = {
      channel: 'hotline-12345',
      categoryCode: 'E99-99',
      unitId: 'nobody',
      standardId: 'E01-17.9',
      start: '2026-03-02T09:00:00+08:00',
      upstreamDueAt: '2026-03-02T08:00:00+08:00',
    };
    const { status, body } = await ask(bad);
    expect([status, body.code]).toEqual([400, 'PREVIEW_INVALID']);
    expect(body.issues.map(({ path }: { path: string }) => path)).toEqual([
      'categoryCode',
      'standardId',
      'unitId',
      'upstreamDueAt',
    ]);
  });
});
