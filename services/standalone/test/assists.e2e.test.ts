import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { eventually, type Product, startProduct } from './product.ts';

let product: Product;
const { who, does, refused, reported, state } = casesOf(() => product);

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

/** The row of an incident in somebody's queue; undefined when it is not there. */
async function queued(person: string, queue: string, id: string) {
  const { status, body } = await (await who(person)).get(`/queues/${queue}`);
  expect(status).toBe(200);
  return body.items.find((row: { incidentId: string }) => row.incidentId === id);
}

async function offered(person: string, id: string): Promise<string[]> {
  return (await (await who(person)).get(`/incidents/${id}`)).body.commands;
}

/** A burst water main goes to the water company by rule, the road crew closes the road off (协办). */
const burstMain = (): Promise<string> => reported('chen-seat', { categoryCode: 'E05-01' });

describe('an assisting unit', () => {
  it('finds its part in its own queues, with its task and its own time, until it is done', async () => {
    const id = await burstMain();
    const { clocks } = await state(id);
    const { dueAt } = clocks['assist:yp-roads'];
    const assist = { task: '现场围护、路面抢修', dueAt };
    const waiting = await queued('zhu-roads-member', 'to-receive', id);
    expect(waiting).toMatchObject({
      unitId: 'yp-water-supply',
      assist: { status: 'assigned', ...assist },
    });
    expect(await queued('zhu-roads-member', 'handling', id)).toBeUndefined();
    expect(await queued('you-water-member', 'to-receive', id)).not.toHaveProperty('assist');
    for (const other of ['han-greening-member', 'hua-enforcement-member']) {
      expect(await queued(other, 'to-receive', id)).toBeUndefined();
    }

    await does('zhu-roads-member', id, 'receive');
    expect(await queued('zhu-roads-member', 'to-receive', id)).toBeUndefined();
    expect(await queued('zhu-roads-member', 'handling', id)).toMatchObject({
      status: 'assigned',
      assist: { status: 'handling', ...assist },
    });
    // The lead's own receipt is another matter.
    expect(await queued('you-water-member', 'to-receive', id)).toBeDefined();

    await does('zhu-roads-member', id, 'finish', { result: 'resolved' });
    expect(await queued('zhu-roads-member', 'handling', id)).toBeUndefined();
  });

  it('sees the case in search and stream, does its own part, and decides nothing of the lead’s', async () => {
    const id = await burstMain();
    const roads = await who('zhu-roads-member');
    await eventually(
      async () => (await roads.get('/incidents?unit=yp-roads&open=true')).body.items,
      (items: { id: string }[]) => items.some((item) => item.id === id),
    );
    await streamed(roads.token, '?recent=200&unit=yp-roads', id);

    const lead = ['confirm', 'return', 'request-extension', 'request-suspension', 'assign-crew'];
    const mine = await offered('yang-roads-leader', id);
    expect(mine).toEqual(expect.arrayContaining(['receive', 'note']));
    for (const verb of [...lead, 'finish']) expect(mine).not.toContain(verb);
    await does('yang-roads-leader', id, 'receive');
    const then = await offered('yang-roads-leader', id);
    expect(then).toEqual(expect.arrayContaining(['contact', 'finish', 'note']));
    for (const verb of [...lead, 'receive']) expect(then).not.toContain(verb);
    for (const [verb, body] of [
      ['confirm', {}],
      ['return', { reasonCode: 'not-our-duty' }],
      ['request-extension', { until: new Date(Date.now() + 3_600_000).toISOString() }],
    ] as const) {
      expect(await refused('yang-roads-leader', id, verb, body)).toEqual({
        status: 403,
        code: 'NOT_PERMITTED',
      });
    }
  });

  it('is waited for, and its verdict stands in the history', async () => {
    const id = await burstMain();
    await does('qin-water-leader', id, 'receive');
    const photo = await (await who('you-water-member')).photo();
    const finish = { result: 'resolved', answer: '已修复', attachments: [photo] };
    await does('you-water-member', id, 'finish', finish);
    expect(await refused('qin-water-leader', id, 'confirm')).toEqual({
      status: 409,
      code: 'ASSISTS_OPEN',
    });
    await does('yang-roads-leader', id, 'receive');
    const { body } = await does('zhu-roads-member', id, 'finish', { result: 'resolved' });
    const history = await (await who('li-clerk')).get(
      `/incidents/${id}/history?minVersion=${body.version}&fromVersion=${body.version}`,
    );
    expect(history.body.events[0].data).toMatchObject({
      unitId: 'yp-roads',
      assist: true,
      clocks: { 'assist:yp-roads': { basis: 'standard:E05-01.1', verdict: 'on-time' } },
    });
    await does('qin-water-leader', id, 'confirm');
    expect((await state(id)).status).toBe('to-check');
  });
});

/** Resolves when the stream has sent something of the incident; rejects when it does not within 10 s. */
async function streamed(token: string, query: string, id: string): Promise<void> {
  const answer = await fetch(`${product.url}/api/v1/stream${query}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(10_000),
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(id)) return;
  }
  throw new Error(`the stream ended without ${id}`);
}
