import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  eventually,
  launch,
  type Person,
  type Product,
  startProduct,
  tempFolder,
} from './product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product[Symbol.asyncDispose]());

type Watch = {
  readonly text: () => string;
  readonly positions: () => number[];
  readonly incidents: () => string[];
  readonly done: Promise<void>;
  leave(): Promise<void>;
};

async function watch(
  person: Person,
  query = '',
  headers: Readonly<Record<string, string>> = {},
  url = product.url,
): Promise<Watch> {
  const stop = new AbortController();
  const response = await fetch(`${url}/api/v1/stream${query}`, {
    headers: { authorization: `Bearer ${person.token}`, ...headers },
    signal: stop.signal,
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  })().catch(() => undefined);
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  await eventually(
    async () => text,
    (seen) => seen.includes('event: ready'),
  );
  return {
    text: () => text,
    positions: () => found(/^id: (\d+)\nevent: incident$/gm).map(Number),
    incidents: () => found(/"incident":\{"id":"([^"]+)"/g),
    done,
    async leave() {
      stop.abort();
      await done;
    },
  };
}

describe('the stream', () => {
  it('tells of each event once, across any number of reconnects', async () => {
    const clerk = await product.as('li-clerk');
    const seat = await product.as('chen-seat');
    const whole = await watch(clerk);
    const seen: number[] = [];
    let last = '';
    const made: string[] = [];
    for (let round = 0; round < 6; round++) {
      const part = await watch(clerk, '', last === '' ? {} : { 'last-event-id': last });
      const reports = Array.from({ length: 15 }, async () => {
        made.push((await seat.report()).body.id);
      });
      // Some rounds leave in the middle of what happens, some after it.
      if (round % 2 === 0) await Promise.all(reports);
      await eventually(
        async () => part.positions().length,
        (n) => n > 0,
      );
      await part.leave();
      seen.push(...part.positions());
      last = String(seen.at(-1));
      await Promise.all(reports);
    }
    await eventually(
      async () => whole.incidents().length,
      (n) => n >= made.length,
    );
    const rest = await watch(clerk, `?after=${last}`);
    const missing = whole.positions().filter((position) => position > Number(last)).length;
    await eventually(
      async () => rest.positions().length,
      (n) => n >= missing,
    );
    expect([...seen, ...rest.positions()]).toEqual(whole.positions());
    expect(new Set(whole.incidents())).toEqual(new Set(made));
    await Promise.all([whole.leave(), rest.leave()]);
  });

  it('shows each caller only their own ground, and citizens what they reported', async () => {
    const [street, other, citizen] = await Promise.all(
      ['he-clerk', 'xie-clerk', 'demo-citizen'].map((name) => product.as(name)),
    );
    if (street === undefined || other === undefined || citizen === undefined) throw new Error();
    const watches = await Promise.all([watch(street), watch(other), watch(citizen)]);
    const { body: ours } = await street.report();
    const { body: theirs } = await other.report({ location: { address: '控江路 1 号' } });
    const { body: own } = await citizen.report({
      channel: 'citizen-app',
      location: { address: '某处' },
    });
    await eventually(
      async () => watches.map((w) => w.incidents()),
      (all) => all.every((ids) => ids.length > 0),
    );
    const [a, b, c] = watches.map((w) => new Set(w.incidents()));
    expect(a).toEqual(new Set([ours.id]));
    expect(b).toEqual(new Set([theirs.id]));
    expect(c).toEqual(new Set([own.id]));
    await Promise.all(watches.map((w) => w.leave()));
  });

  it('filters as search does, and begins with the last few when asked to', async () => {
    const clerk = await product.as('li-clerk');
    const { body } = await (await product.as('chen-seat')).report({ channel: 'hotline-12345' });
    await clerk.give(body.id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
    const recent = await watch(clerk, '?recent=1&status=to-dispatch&category=E01&area=310110019');
    await eventually(
      async () => recent.incidents(),
      (ids) => ids.includes(body.id),
    );
    expect(recent.positions()).toHaveLength(1);
    await recent.leave();
  });

  it('carries nobody’s words, names or numbers', async () => {
    const clerk = await product.as('li-clerk');
    const all = await watch(clerk);
    const { body } = await (await product.as('chen-seat')).report({
      description: '独特的描述文字 13987654321',
      reporter: { name: '金丝雀', phone: '13987654321' },
    });
    await eventually(
      async () => all.incidents(),
      (ids) => ids.includes(body.id),
    );
    for (const word of ['独特', '139', '金丝雀', 'chen-seat'])
      expect(all.text()).not.toContain(word);
    await all.leave();
  });

  it('says so when it cannot go on from where the caller was', async () => {
    const clerk = await product.as('li-clerk');
    const ahead = await watch(clerk, '?after=9007199254740991');
    expect(ahead.text()).toContain('event: reset\ndata: {"reason":"unknown"');
    await ahead.leave();
  });

  it('is limited for one person, and free again when they leave', async () => {
    const person = await product.as('feng-auditor');
    const open = await Promise.all(Array.from({ length: 20 }, () => watch(person)));
    const refused = await person.get('/stream');
    expect([refused.status, refused.body.code]).toEqual([503, 'STREAM_LIMIT']);
    expect(refused.headers.get('retry-after')).toBe('30');
    await Promise.all(open.map((w) => w.leave()));
    const again = await eventually(
      () => watch(person).catch(() => undefined),
      (w) => w !== undefined,
    );
    await again?.leave();
  });

  it('ends with the product at once, and goes on after a restart without a gap', async () => {
    await using folder = await tempFolder();
    const env = { CITYLOOP_DATA: folder.dir };
    const first = await startProduct(env);
    const seat = await first.as('chen-seat');
    const clerk = await first.as('li-clerk');
    const before = await watch(clerk, '', {}, first.url);
    const made = [(await seat.report()).body.id];
    await eventually(
      async () => before.positions().length,
      (n) => n === 1,
    );
    await before.leave();
    const open = await watch(clerk, '', {}, first.url);
    made.push((await seat.report()).body.id, (await seat.report()).body.id);
    const stoppedMs = performance.now();
    expect((await first.stop()).code).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(5_000);
    await open.done;
    await using second = await startProduct(env);
    const last = String(before.positions()[0]);
    const after = await watch(
      await second.as('li-clerk'),
      '',
      { 'last-event-id': last },
      second.url,
    );
    made.push((await (await second.as('chen-seat')).report()).body.id);
    await eventually(
      async () => after.incidents().length,
      (n) => n === 3,
    );
    expect([...before.incidents(), ...after.incidents()]).toEqual(made);
    await after.leave();
  });
});

describe('starting', () => {
  const fails = async (env: Readonly<Record<string, string>>) => {
    const { code, stderr, stdout } = await launch(env).ended;
    expect(code).not.toBe(0);
    expect(stdout).not.toContain('/api/v1');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  };

  it('on a port that is taken says which, and how to choose another', async () => {
    await using folder = await tempFolder();
    const port = new URL(product.url).port;
    const said = await fails({ CITYLOOP_DATA: folder.dir, PORT: port });
    expect(said).toContain(`port ${port} is taken`);
  });

  it('with an unknown pack says where packs are', async () => {
    await using folder = await tempFolder();
    const said = await fails({ CITYLOOP_DATA: folder.dir, CITYLOOP_PACK: 'atlantis' });
    expect(said).toContain('no district pack "atlantis"');
  });

  it('a second time on the same data says that it is in use', async () => {
    const said = await fails({ CITYLOOP_DATA: product.dir });
    expect(said).toMatch(/in use|already|running|占用/i);
  });

  it('where no folder can be made says so', async () => {
    await using folder = await tempFolder();
    const file = join(folder.dir, 'file');
    await writeFile(file, '');
    const said = await fails({ CITYLOOP_DATA: join(file, 'data') });
    expect(said).toContain('CITYLOOP_DATA');
  });

  it('with settings that are none names each of them', async () => {
    const said = await launch({ PORT: 'eighty', CITYLOOP_ENV: 'prod' }).ended;
    expect(said.code).not.toBe(0);
    expect(said.stderr).toContain('PORT');
    expect(said.stderr).toContain('CITYLOOP_ENV');
  });

  it('in production without an issuer is refused', async () => {
    await using folder = await tempFolder();
    const said = await fails({ CITYLOOP_DATA: folder.dir, CITYLOOP_ENV: 'production' });
    expect(said).toContain('OIDC_ISSUER');
  });
});
