import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { type Product, startProduct } from './product.ts';

/** A change has to be seen within a second, ms. */
const SEEN_MS = 1_000;

type Item = { incidentId: string; clock: string; dueAt: string; lamp: string; stage: string };
type Numbers = { green: number; amber: number; red: number; standing: number };
type Count = Numbers & { stage: string; centreId: string; unitId?: string };

export type Servers = AsyncDisposable & { readonly env: Readonly<Record<string, string>> };

/** The boards over HTTP, on whatever servers the product stands. */
export function boardsStory(what: string, servers: () => Promise<Servers>): void {
  let parts: AsyncDisposableStack;
  let product: Product;
  const { who, does, reported, filed, closedCase, state } = casesOf(() => product);

  beforeAll(async () => {
    parts = new AsyncDisposableStack();
    const { env } = parts.use(await servers());
    product = parts.use(await startProduct(env));
  });
  afterAll(() => parts.disposeAsync());

  const board = async <T>(person: string, path: string): Promise<T> =>
    // What it is, is for the test to find out.
    (await (await who(person)).get(`/boards/${path}`)).body as T;
  const items = async (person: string, query = ''): Promise<Item[]> =>
    (await board<{ items: Item[] }>(person, `countdown?limit=500${query}`)).items;
  const lamps = (person: string) => board<{ total: Numbers; counts: Count[] }>(person, 'lamps');
  const total = async (person: string): Promise<Numbers> => (await lamps(person)).total;
  const open = ({ green, amber, red, standing }: Numbers) => green + amber + red + standing;

  /** What the board shows of one incident, once it shows it as wanted: within the second. */
  async function seen(person: string, id: string, wanted: (found: Item[]) => boolean, query = '') {
    const until = performance.now() + SEEN_MS;
    for (;;) {
      const found = (await items(person, query)).filter((item) => item.incidentId === id);
      if (wanted(found)) return found;
      if (performance.now() > until) expect.unreachable(`the board shows ${JSON.stringify(found)}`);
      await after(20);
    }
  }

  describe(`the boards ${what}`, () => {
    it('follow an incident within a second, from stage to stage and off at its end', async () => {
      const before = await total('li-clerk');
      const id = await filed();
      const at = (stage: string) => (found: Item[]) => found[0]?.stage === stage;
      await seen('li-clerk', id, at('dispatch'));
      expect(open(await total('li-clerk'))).toBe(open(before) + 1);
      await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
      const [item] = await seen('shen-greening-leader', id, at('handling'));
      const { clocks } = (await state(id)) as {
        clocks: Record<string, { dueAt: string; stoppedAt?: string }>;
      };
      const dues = Object.values(clocks)
        .filter(({ stoppedAt }) => stoppedAt === undefined)
        .map(({ dueAt }) => dueAt)
        .toSorted();
      expect(item).toMatchObject({ dueAt: dues[0], lamp: 'green' });
      await does('li-clerk', id, 'note', { text: '催一下' });
      await does('shen-greening-leader', id, 'receive');
      await seen('li-clerk', id, (found) => found.length > 0, '&person=shen-greening-leader');
      const done = await closedCase();
      await seen('li-clerk', done, (found) => found.length === 0);
    });

    it('are in the order of what is due, and add up to what the lists show', async () => {
      await Promise.all([filed(), filed(), filed()]);
      const listed = await items('li-clerk');
      const dues = listed.map(({ dueAt }) => dueAt);
      expect(dues).toEqual(dues.toSorted());
      // Two answers of two moments: what is handed over in between is on neither for an instant.
      const told = async (): Promise<number[][]> => {
        const shown = await items('li-clerk');
        const { total: all, counts } = await lamps('li-clerk');
        return (['green', 'amber', 'red'] as const).map((lamp) => [
          shown.filter((item) => item.lamp === lamp).length,
          counts.reduce((sum, count) => sum + count[lamp], 0),
          all[lamp],
        ]);
      };
      await expect
        .poll(told)
        .toSatisfy((lists: number[][]) =>
          lists.every(([shown, counted, total]) => shown === counted && counted === total),
        );
    });

    it('show nobody a complaint about themselves, and grid workers their grids', async () => {
      const before = await Promise.all([total('li-clerk'), total('feng-auditor')]);
      const id = await reported('chen-seat', { against: { centreId: '310110' } });
      await seen('feng-auditor', id, (found) => found.length === 1);
      const shown = async (person: string, incident: string) =>
        (await items(person)).some(({ incidentId }) => incidentId === incident);
      for (const person of ['li-clerk', 'zhao-supervisor', 'chen-seat']) {
        expect(await shown(person, id), person).toBe(false);
      }
      const [clerks, auditors] = await Promise.all([total('li-clerk'), total('feng-auditor')]);
      expect(open(clerks)).toBe(open(before[0]));
      expect(open(auditors)).toBe(open(before[1]) + 1);

      // It lies in the grids of 五角场, whoever has it in hand.
      const there = await filed();
      await seen('tao-grid', there, (found) => found.length === 1);
      await does('wang-dispatcher', there, 'pass-down', { centreId: '310110012' });
      await seen('xie-clerk', there, (found) => found.length === 1);
      expect(await shown('bo-grid', there)).toBe(false);
      expect(await shown('tao-grid', there)).toBe(true);
    });

    it('are everybody’s own: a foreign board is not there', async () => {
      const id = await filed();
      await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
      await seen('shen-greening-leader', id, (found) => found.length === 1);
      const ids = async (person: string) => (await items(person)).map((item) => item.incidentId);
      expect(await ids('yang-roads-leader')).not.toContain(id);
      expect(await ids('xie-clerk')).not.toContain(id);
      const codes = async (person: string, query: string) => {
        const answer = await (await who(person)).get(`/boards/lamps${query}`);
        return [answer.status, (answer.body as { code?: string }).code];
      };
      const gone = [404, 'BOARD_NOT_FOUND'];
      expect(await codes('xie-clerk', '?centre=310110')).toEqual(gone);
      expect(await codes('xie-clerk', '?unit=yp-greening')).toEqual(gone);
      expect(await codes('yang-roads-leader', '?unit=yp-greening')).toEqual(gone);
      expect(await codes('yang-roads-leader', '?person=han-greening-member')).toEqual(gone);
      expect(await codes('li-clerk', '?centre=999999')).toEqual(gone);
      expect(await codes('demo-citizen', '')).toEqual(gone);
      expect(await codes('li-clerk', '?limit=1')).toEqual([400, 'REQUEST_INVALID']);
      expect((await codes('li-clerk', '?centre=310110012'))[0]).toBe(200);
    });
  });
}
