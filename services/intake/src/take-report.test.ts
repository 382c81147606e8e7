import { type NewEvent, ReportBody } from '@cityloop/contracts';
import { createContext } from '@cityloop/incident';
import { KeyReused, RuleViolation, Unavailable } from '@cityloop/kernel';
import { MONDAY_NINE, people, places, testPolicy } from '@cityloop/testing';
import { describe, expect, it } from 'vitest';
import type { Claim } from './store/sources.ts';
import type { Secret } from './store/vault.ts';
import { type AskHolder, takeReport } from './take-report.ts';

const EARLIER = '00000000-0000-7000-8000-000000000001';
const NOW = Date.parse(MONDAY_NINE);
const policy = testPolicy();

type Asked = Parameters<AskHolder>[0];
type Supplement = { readonly caller?: object; readonly reporter?: object; readonly text?: string };

const body = (more: object = {}) =>
  ReportBody.parse({
    channel: 'hotline-12345',
    externalNumber: 'SH-1',
    description: '井盖破损，请回电 13912345678',
    location: places.west,
    reporter: { name: '王某', phone: '13912345678', confidential: true, wantsReply: true },
    ...more,
  });

/** An intake whose number `SH-1` stands for `holder`, and a holder that remembers keys as engines do. */
function intake(options: { ended?: boolean; reopenRefused?: string } = {}) {
  const world = {
    ended: options.ended ?? false,
    reopenRefused: options.reopenRefused,
    demandRefused: undefined as string | undefined,
    refuseBirth: undefined as Error | undefined,
    held: new Map<string, string>([['SH-1', 'holder']]),
    kept: [] as Secret[],
    done: [] as Asked[],
    born: [] as { id: string; event?: NewEvent | undefined }[],
  };
  const refused = (code: string) => new RuleViolation(code, code);
  const act = ({ verb }: Asked): void => {
    if (verb === 'supplement') {
      if (world.ended) throw refused('INCIDENT_ENDED');
      if (world.demandRefused !== undefined) throw refused(world.demandRefused);
      return;
    }
    if (!world.ended) throw refused('NOT_IN_CUSTODY');
    if (world.reopenRefused !== undefined) throw refused(world.reopenRefused);
    world.ended = false;
  };
  const keys = new Map<string, string>();
  const answer = { id: 'holder', number: 'n', version: 1 };
  const report = takeReport({
    engine: {
      row: async (id) => (id === 'holder' ? { version: 1, custodian: 'archive' } : undefined),
      answered: async () => undefined,
      bear: async ({ incidentId, subject, decide }) => {
        if (world.refuseBirth !== undefined) throw world.refuseBirth;
        const [event] = decide(createContext({ nowMs: NOW, policy, subject }));
        world.born.push({ id: incidentId, event });
        return { ...answer, id: incidentId, status: 'reported', custodian: 'intake' };
      },
    },
    numbers: { next: async () => 'n' },
    vault: {
      keep: async (secret) => {
        world.kept.push(secret);
        const repeatOf = secret.matter === undefined ? {} : { repeatOf: EARLIER };
        return { token: `token of ${secret.key}`, pseudonym: 'p', ...repeatOf };
      },
    },
    sources: {
      claim: async ({ number, incidentId }: Claim) => {
        if (!world.held.has(number)) world.held.set(number, incidentId);
        return world.held.get(number) ?? '';
      },
      pass: async ({ number, incidentId }: Claim, from: string) => {
        if (world.held.get(number) !== from) return false;
        world.held.set(number, incidentId);
        return true;
      },
      release: async ({ number, incidentId }: Claim) => {
        if (world.held.get(number) === incidentId) world.held.delete(number);
      },
    },
    ask: async (asked) => {
      const stood = JSON.stringify([asked.verb, asked.body]);
      const known = keys.get(asked.key);
      if (known !== undefined && known !== stood) throw new KeyReused('IDEMPOTENCY_KEY_REUSED', '');
      if (known === undefined) {
        act(asked);
        keys.set(asked.key, stood);
        world.done.push(asked);
      }
      return { ...answer, status: 'handling', custodian: 'handling' };
    },
    nowMs: () => NOW,
    policy: () => policy,
  });
  const take = (key?: string, more: object = {}, original?: string) =>
    report({ body: body(more), original, subject: people.clerk, key });
  return { world, take, verbs: () => world.done.map(({ verb }) => verb) };
}

describe('a report of a number that is known', () => {
  it('adds a demand that knows its caller, and keeps the person out of the ask', async () => {
    const { world, take } = intake();
    expect(await take('k')).toMatchObject({ id: 'holder', repeat: 'supplemented' });
    const [asked] = world.done;
    const told = asked?.body as Supplement; // made by the code under test
    expect(told.caller).toMatchObject({ token: expect.any(String), pseudonym: 'p' });
    expect(told.reporter).toMatchObject({ confidential: true, wantsReply: true });
    expect(JSON.stringify(told)).not.toMatch(/王某|13912345678/);
    expect(world.kept).toMatchObject([
      { incidentId: 'holder', name: '王某', phone: '13912345678', original: body().description },
    ]);
  });

  it('loses no words: text beside the description, what was masked before, what is too long', async () => {
    const { world, take } = intake();
    await take('k', { text: '补充说明' }, '甲路 13912345678');
    expect(world.done[0]?.body).toMatchObject({
      text: '井盖破损，请回电 139****5678\n补充说明',
    });
    expect(world.kept[0]?.original).toBe(`${body().description}\n甲路 13912345678`);
    const long = '长'.repeat(3_999);
    await take('l', { description: '井盖破损', text: long });
    const told = world.done[1]?.body as Supplement; // made by the code under test
    expect(told.text).toBe(`井盖破损\n${long.slice(0, 3_994)}…`);
    expect(world.kept[1]?.original).toBe(long);
  });

  it('keeps nothing of who wants to stay anonymous, and says that they do', async () => {
    const { world, take } = intake();
    await take('k', { description: '井盖破损', reporter: { name: '王某', anonymous: true } });
    expect(world.kept).toEqual([]);
    expect(world.done[0]?.body).toMatchObject({ reporter: { anonymous: true } });
    expect(world.done[0]?.body).not.toHaveProperty('caller');
  });

  it('reopens a closed incident and brings its caller', async () => {
    const { world, take, verbs } = intake({ ended: true });
    expect(await take('k')).toMatchObject({ id: 'holder', repeat: 'reopened' });
    expect(verbs()).toEqual(['reopen', 'supplement']);
    expect(world.done[1]?.body).toHaveProperty('caller.token');
  });

  it.each([false, true])(
    'gets one answer under one key, however often (ended: %s)',
    async (ended) => {
      const { world, take, verbs } = intake({ ended });
      const first = await take('k');
      const acts = verbs();
      expect(await take('k')).toEqual(first);
      world.ended = true;
      expect(await take('k')).toEqual(first);
      expect(verbs()).toEqual(acts);
    },
  );

  it('refuses other words under a key that was used', async () => {
    const { take, verbs } = intake();
    await take('k');
    const other = take('k', { description: '另一件事' });
    await expect(other).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(verbs()).toEqual(['supplement']);
  });

  it('adds the missing demand when the first try got no further than the reopening', async () => {
    const { world, take, verbs } = intake({ ended: true });
    world.demandRefused = 'IN_TRANSIT';
    await expect(take('k')).rejects.toMatchObject({ code: 'IN_TRANSIT' });
    world.demandRefused = undefined;
    await take('k');
    expect(verbs()).toEqual(['reopen', 'supplement']);
  });

  it('stands as a reopening when the incident can take no further demand', async () => {
    const { world, take, verbs } = intake({ ended: true });
    world.demandRefused = 'TOO_MANY_DEMANDS';
    expect(await take('k')).toMatchObject({ repeat: 'reopened' });
    expect(verbs()).toEqual(['reopen']);
  });

  it('is one incident when several report it at once after its closing', async () => {
    const { world, take, verbs } = intake({ ended: true });
    const all = await Promise.all([take('a'), take('b'), take('c')]);
    expect(all.map(({ id }) => id)).toEqual(['holder', 'holder', 'holder']);
    expect(verbs().sort()).toEqual(['reopen', 'supplement', 'supplement', 'supplement']);
    expect(world.born).toEqual([]);
  });

  it.each(['ARCHIVED', 'MERGED', 'NEVER_FILED'])('is followed when %s', async (reopenRefused) => {
    const { world, take } = intake({ ended: true, reopenRefused });
    const { id } = await take('k');
    expect(world.born).toMatchObject([{ id }]);
    expect(world.held.get('SH-1')).toBe(id);
  });

  it.each(['IN_TRANSIT', 'NOT_HERE'])('is not followed when refused with %s', async (code) => {
    const { world, take } = intake({ ended: true, reopenRefused: code });
    await expect(take('k')).rejects.toMatchObject({ code });
    expect(world.born).toEqual([]);
    expect(world.held.get('SH-1')).toBe('holder');
  });

  it('gives up, to be sent again, when the incident keeps changing under it', async () => {
    const { world, take } = intake({ ended: true, reopenRefused: 'NOT_IN_CUSTODY' });
    await expect(take('k')).rejects.toMatchObject({ code: 'SOURCE_BUSY', retryable: true });
    expect(world.born).toEqual([]);
  });
});

it('keeps of a new report the words that were masked anywhere, and records its text', async () => {
  const { world, take } = intake();
  const more = { externalNumber: undefined, reporter: undefined, text: '另：灯也不亮' };
  await take('k', more, '甲路 13912345678');
  expect(world.kept).toMatchObject([
    { original: '井盖破损，请回电 13912345678\n甲路 13912345678' },
  ]);
  expect(world.born[0]?.event?.data).toMatchObject({ text: '另：灯也不亮' });
});

describe('a report of a caller who is known', () => {
  it('names the incident the same matter was reported by, and asks with what it is about', async () => {
    const { world, take } = intake();
    await take('k', { externalNumber: undefined, categoryCode: 'C01-02' });
    expect(world.born[0]?.event?.data).toMatchObject({
      repeatOf: EARLIER,
      incident: { demands: [{ pseudonym: 'p' }] },
    });
    expect(world.kept[0]?.matter).toMatchObject({
      ...{ category: 'C01-02', lon: places.west.lon, lat: places.west.lat },
      ...policy.settings.repeat,
    });
  });

  it('asks nothing of the vault when nobody is named', async () => {
    const { world, take } = intake();
    const nobody = { description: '井盖破损', reporter: { anonymous: true, phone: '13912345678' } };
    await take('k', { externalNumber: undefined, ...nobody });
    expect(world.kept).toEqual([]);
    expect(world.born[0]?.event?.data).not.toHaveProperty('repeatOf');
  });
});

describe('a report that is refused', () => {
  it('leaves a closed incident closed when its upstream due cannot be meant', async () => {
    const { take, verbs } = intake({ ended: true });
    const upstreamDueAt = new Date(NOW).toISOString();
    await expect(take('k', { upstreamDueAt })).rejects.toMatchObject({ code: 'UPSTREAM_DUE_PAST' });
    expect(verbs()).toEqual([]);
  });

  it('gives its number back', async () => {
    const { world, take } = intake();
    world.held.clear();
    world.refuseBirth = new RuleViolation('GRID_UNKNOWN', '');
    await expect(take('k')).rejects.toMatchObject({ code: 'GRID_UNKNOWN' });
    expect(world.held.has('SH-1')).toBe(false);
  });

  it('gives it back to the incident it was to follow', async () => {
    const { world, take } = intake({ ended: true, reopenRefused: 'ARCHIVED' });
    world.refuseBirth = new RuleViolation('GRID_UNKNOWN', '');
    await expect(take('k')).rejects.toMatchObject({ code: 'GRID_UNKNOWN' });
    expect(world.held.get('SH-1')).toBe('holder');
  });

  it('keeps it when the report may have been stored all the same', async () => {
    const { world, take } = intake();
    world.held.clear();
    world.refuseBirth = new Unavailable('STORE_FAILED', '');
    await expect(take('k')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(world.held.has('SH-1')).toBe(true);
  });
});
