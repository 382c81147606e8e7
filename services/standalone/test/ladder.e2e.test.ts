import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hastyPack } from './hasty-pack.ts';
import { eventually, type Person, type Product, startProduct } from './product.ts';

/** Acceptance runs out after half a second; the district supervises a second and a half later. */
const LADDERS = `
ladders:
  - id: centre
    clocks: [accept]
    rungs:
      - {id: late, at: {mark: red}, to: [{role: shift-supervisor, of: centre}]}
      - id: upper
        at: {after: 0.025分钟}
        to: [{role: shift-supervisor, of: centre}, {role: shift-supervisor, of: upper}]
        supervise: {by: upper, requirement: 请立即受理, reply: 1紧急工作时}
catchUp: 10分钟
notices: {bundle: 1分钟}
`;

let pack: Awaited<ReturnType<typeof hastyPack>>;
let product: Product;

beforeAll(async () => {
  pack = await hastyPack(LADDERS);
  product = await startProduct({ CITYLOOP_PACK: pack.path });
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await pack[Symbol.asyncDispose]();
});

type Listed = { items: { id: string; rung: string; incidentId: string; text: string }[] };

async function noticesOf(person: Person, incidentId: string): Promise<Listed['items']> {
  const { status, body } = await person.get('/notices');
  expect(status).toBe(200);
  // Our own answer.
  return (body as Listed).items.filter((notice) => notice.incidentId === incidentId);
}

describe('an incident nobody accepts', () => {
  it('is late, goes up the ladder, and is supervised by the district', async () => {
    const clerk = await product.as('he-clerk');
    const own = await product.as('shi-supervisor');
    // The roster says which of the two is on duty at the district.
    const district = [await product.as('zhao-supervisor'), await product.as('sun-supervisor')];
    const { id } = (await clerk.report()).body;

    const first = await eventually(
      () => noticesOf(own, id),
      (items) => items.length > 0,
    );
    expect(first.map((n) => n.rung)).toEqual(['late']);
    const told = await eventually(
      () => Promise.all(district.map((person) => noticesOf(person, id))),
      (lists) => lists.flat().length > 0,
    );
    const [mine, ...others] = told.flat();
    expect(others).toEqual([]);
    expect(mine?.rung).toBe('upper');
    expect(mine?.text).toContain('【超时督办】');
    expect(mine?.text).not.toContain('绿地');
    expect((await noticesOf(own, id)).map((n) => n.rung)).toEqual(['upper', 'late']);
    expect(await noticesOf(await product.as('shen-greening-leader'), id)).toEqual([]);

    const { body: incident } = await own.get(`/incidents/${id}`);
    expect(incident.supervisions).toMatchObject([
      {
        kind: 'overdue',
        requirement: '请立即受理',
        ...{ by: 'system', centreId: '310110', clock: 'accept', epoch: 1, rung: 'upper' },
      },
    ]);
  });

  it('stands in the queue of 督办 of both levels until it is replied to, and is seen as late by the district', async () => {
    const clerk = await product.as('he-clerk');
    const [own, upper] = [await product.as('shi-supervisor'), await product.as('zhao-supervisor')];
    const { id } = (await clerk.report()).body;
    const inQueue = async (person: Person) => {
      const { body } = await person.get('/queues/supervised');
      return body.items.filter((row: { incidentId: string }) => row.incidentId === id);
    };
    const [row] = await eventually(
      () => inQueue(upper),
      (rows) => rows.length > 0,
    );
    expect(row.supervisions).toMatchObject([{ kind: 'overdue', rung: 'upper', overdue: false }]);
    expect(await inQueue(own)).toHaveLength(1);
    const late = (await upper.get('/incidents?overdue=true&supervised=true')).body;
    expect(late.items.map((i: { id: string }) => i.id)).toContain(id);
    expect(await inQueue(await product.as('shen-greening-leader'))).toEqual([]);

    const supervisionId = row.supervisions[0].id;
    const reply = { supervisionId, text: '已安排受理' };
    expect((await own.give(id, 'reply-supervision', reply)).status).toBe(200);
    expect(await inQueue(upper)).toEqual([]);
  });

  it('rings at the stream of who has unread messages', async () => {
    const own = await product.as('shi-supervisor');
    const response = await fetch(`${product.url}/api/v1/stream`, {
      headers: { authorization: `Bearer ${own.token}` },
      signal: AbortSignal.timeout(10_000),
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let said = '';
    while (!/event: notice\ndata: \{"unread":\d+\}/.test(said)) {
      said += (await reader?.read())?.value ?? '';
    }
    await reader?.cancel();
    expect(said).toContain('event: ready');
  });

  it('is told of in a list of one’s own, where what is read stays read', async () => {
    const own = await product.as('shi-supervisor');
    const upper = await product.as('zhao-supervisor');
    const { body } = await own.get('/notices?unread=true&limit=1');
    const [notice] = (body as Listed).items;
    const path = `/notices/${notice?.id}/read`;
    expect((await upper.post(path, {})).status).toBe(404);
    expect((await own.post(path, {})).body).toEqual({ unread: body.unread - 1 });
    expect((await own.post(path, {})).body).toEqual({ unread: body.unread - 1 });
    const rest = (await own.get('/notices?unread=true')).body as Listed;
    expect(rest.items.map((n) => n.id)).not.toContain(notice?.id);
  });
});
