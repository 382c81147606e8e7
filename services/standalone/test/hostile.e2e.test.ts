import { randomUUID } from 'node:crypto';
import type { Verb } from '@cityloop/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nasty } from './nasty.ts';
import { eventually, HERE, type Person, type Product, startProduct } from './product.ts';

let product: Product;
const who = (id: string): Promise<Person> => product.as(id);

beforeAll(async () => {
  product = await startProduct({ LOG_LEVEL: 'debug' });
});
afterAll(() => product[Symbol.asyncDispose]());

const versionOf = async (id: string): Promise<number> =>
  (await (await who('li-clerk')).get(`/incidents/${id}`)).body.version;

describe('hostile input', () => {
  it('never breaks anything, and what is taken is taken whole', async () => {
    const clerk = await who('li-clerk');
    const good: Record<string, unknown> = {
      channel: 'hotline-12345',
      description: 'd',
      location: { address: 'a' },
      text: 't',
      externalNumber: 'n',
      reporter: { name: 'n', phone: '13800000000' },
      urgency: 'normal',
      attachments: [],
      occurredAt: '2026-01-01T00:00:00Z',
      categoryCode: 'E01-17',
      follows: randomUUID(),
      upstreamDueAt: new Date(Date.now() + 86_400_000).toISOString(),
    };
    const broken: string[] = [];
    const look = async (what: string, send: Promise<{ status: number; body: { id?: string } }>) => {
      const { status, body } = await send;
      if (status >= 500) broken.push(`${what}: ${status}`);
      if (status >= 300 || body.id === undefined) return;
      const seen = await clerk.get(`/incidents/${body.id}`);
      if (seen.status !== 200) broken.push(`${what}: half-written`);
    };
    const { follows: _follows, ...base } = good;
    for (const name of Object.keys(good)) {
      await Promise.all(
        nasty.map((value, n) =>
          look(
            `${name} ${n}`,
            clerk.report({ ...base, externalNumber: randomUUID(), [name]: value }),
          ),
        ),
      );
    }
    for (const inner of ['name', 'phone']) {
      await Promise.all(
        nasty.map((value, n) =>
          look(`${inner} ${n}`, clerk.report({ reporter: { [inner]: value } })),
        ),
      );
    }
    for (const inner of ['lon', 'lat', 'crs', 'address', 'gridCode']) {
      await Promise.all(
        nasty.map((value, n) => {
          const location = { ...HERE, [inner]: value };
          return look(`${inner} ${n}`, clerk.report({ location }));
        }),
      );
    }
    expect(broken).toEqual([]);
  });

  it('that is no JSON at all, or JSON that means to poison, is refused with a reason', async () => {
    const clerk = await who('li-clerk');
    const bodies: readonly (readonly [string | Buffer, number])[] = [
      ['{', 400],
      ['', 400],
      ['"text"', 400],
      ['{"__proto__":{"x":1}}', 400],
      ['{"constructor":{"prototype":{"x":1}}}', 400],
      [Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
      [`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400],
      [`{"description":"${'x'.repeat(2_000_000)}"}`, 413],
    ];
    for (const [body, status] of bodies) {
      const answer = await clerk.post('/incidents', body);
      expect([body.slice(0, 20).toString(), answer.status]).toEqual([
        body.slice(0, 20).toString(),
        status,
      ]);
      expect(answer.body.code).toMatch(/^REQUEST_/);
    }
    const xml = await clerk.post('/incidents', '<x/>', { 'content-type': 'text/xml' });
    expect(xml.status).toBe(415);
  });

  it('in addresses and queries is refused', async () => {
    const clerk = await who('li-clerk');
    const paths = [
      '/incidents/%00',
      '/incidents/..%2f..%2fetc',
      '/incidents/not-an-id',
      '/incidents/%ff',
      '/incidents?limit=-1',
      '/incidents?limit=1e9',
      '/incidents?cursor=%00',
      '/incidents?cursor=AAAA',
      `/incidents?cursor=${Buffer.from(`9e99/${randomUUID()}`).toString('base64url')}`,
      "/incidents?text=%27%20or%201%3D1--&status='",
      '/incidents?area=%25',
      '/incidents?from=yesterday',
      '/queues/__proto__',
      '/queues/to-accept?after=x',
      '/stream?after=-1',
      '/stream?after=1e400',
      '/attachments/..%2f..%2fx',
      '/district?polygons=perhaps',
    ];
    for (const path of paths) {
      const { status } = await clerk.get(path);
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
    const like = await clerk.get(`/incidents?text=${encodeURIComponent("%_\\'")}`);
    expect([like.status, like.body.items]).toEqual([200, []]);
  });
});

describe('personal data', () => {
  it('stays in the vault, whatever way it came', async () => {
    const phone = '13987654321';
    const name = '金丝雀甲乙丙';
    const seat = await who('chen-seat');
    const clerk = await who('li-clerk');
    const reporter = { name, phone, wantsReply: true };
    const words = `请回电${phone}`;
    const address = `甲路 1 号 ${phone}`;
    const { body } = await seat.report({
      channel: 'hotline-12345',
      description: words,
      text: words,
      location: { ...HERE, address },
      reporter,
      categoryCode: 'E01-17',
    });
    const id = body.id;
    const commands: readonly (readonly [Person, Verb, object])[] = [
      [clerk, 'note', { text: words }],
      [seat, 'supplement', { channel: 'hotline-12345', text: words, reporter }],
      [clerk, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1', text: words }],
      [
        await who('wang-dispatcher'),
        'assign',
        { unitId: 'yp-greening', assists: [{ unitId: 'yp-roads', task: words }] },
      ],
      [
        await who('zheng-leader'),
        'supervise',
        { kind: 'leader', requirement: words, dueAt: new Date(Date.now() + 1e8).toISOString() },
      ],
      [await who('shen-greening-leader'), 'receive', { text: words }],
      [
        await who('shen-greening-leader'),
        'finish',
        { result: 'explained', answer: words, text: words },
      ],
    ];
    for (const [person, verb, given] of commands) {
      expect((await person.give(id, verb, given)).status, verb).toBe(200);
    }
    const version = await versionOf(id);
    const metrics = await fetch(`${product.url}/metrics`);
    // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
    const places: Record<string, any> = {
      incident: (await clerk.get(`/incidents/${id}`)).body,
      history: (await clerk.get(`/incidents/${id}/history?minVersion=${version}`)).body,
      list: await eventually(
        async () => (await clerk.get(`/incidents?number=${body.number}`)).body,
        ({ items }) => items[0]?.version === version,
      ),
      queue: (await clerk.get('/queues/handling')).body,
      metrics: await metrics.text(),
      log: product.said(),
    };
    for (const [place, seen] of Object.entries(places)) {
      const text = JSON.stringify(seen);
      expect([place, text.includes(phone), text.includes(name)]).toEqual([place, false, false]);
    }
    expect(JSON.stringify(places.history)).toContain('139****4321');
    const { body: revealed } = await clerk.give(id, 'reveal', { purpose: '回访核实' });
    const original = [words, address, words].join('\n');
    const [first, again] = places.incident.demands;
    expect(revealed.callers).toContainEqual({ demandId: first.id, name, phone, original });
    expect(revealed.callers).toContainEqual({ demandId: again.id, name, phone, original: words });
    expect(revealed.callers).toContainEqual({ original: words });
    expect(revealed.withheld).toBe(0);
    expect(again).toMatchObject({ caller: expect.any(String), pseudonym: first.pseudonym });
    expect(places.incident.counters.repeatCalls).toBe(1);
    const named = { channel: 'hotline-12345', caller: { token: first.caller } };
    expect((await seat.give(id, 'supplement', named)).status).toBe(400);
    const foreign = { channel: 'citizen-app', reporter: { name: '某人', phone: '13800001111' } };
    const stranger = await who('demo-citizen');
    expect((await stranger.give(id, 'supplement', foreign)).status).toBe(404);
    const secret = { name: '保密人', phone: '13800002222', confidential: true };
    const confided = { channel: 'hotline-12345', reporter: secret };
    expect((await seat.give(id, 'supplement', confided)).status).toBe(200);
    const crew = await (await who('shen-greening-leader')).give(id, 'reveal', { purpose: '联系' });
    expect(crew.body.withheld).toBeGreaterThan(0);
    expect(JSON.stringify(crew.body)).toContain(name);
    expect(JSON.stringify(crew.body)).not.toMatch(/保密人|13800002222/);
    const after = await clerk.give(id, 'reveal', { purpose: '再次回访' });
    expect(JSON.stringify(after.body)).toContain('保密人');
    expect(JSON.stringify(after.body)).not.toContain('某人');
    const path = `/incidents/${id}/reveal`;
    expect((await (await who('wang-dispatcher')).post(path, { purpose: '回访' })).status).toBe(403);
  });
});
