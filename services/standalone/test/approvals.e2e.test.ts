import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { type Product, startProduct, tempFolder } from './product.ts';

const PACKS = fileURLToPath(new URL('../../../infra/packs/', import.meta.url));
const grant = { decision: 'grant' };

let product: Product;
let folder: Awaited<ReturnType<typeof tempFolder>>;
const { who, does, refused, filed, state, history, reasonOf } = casesOf(() => product);

/** The demo pack, where a cancellation of what came by telephone passes two people. */
beforeAll(async () => {
  folder = await tempFolder();
  await cp(PACKS, folder.dir, { recursive: true });
  const file = join(folder.dir, 'yangpu', 'approvals.yaml');
  const rows = await readFile(file, 'utf8');
  const row =
    '- {act: cancel, when: {channel: hotline-12345}, steps: [verifier, shift-supervisor], level: district}';
  await writeFile(file, `${row}\n${rows}`);
  product = await startProduct({ CITYLOOP_PACK: join(folder.dir, 'yangpu') });
});
afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const asked = async (): Promise<string> => {
  const id = await filed();
  await does('wang-dispatcher', id, 'cancel', { reasonCode: await reasonOf('cancel') });
  return id;
};
const queueOf = async (person: string): Promise<string[]> =>
  (await (await who(person)).get('/queues/to-approve')).body.items.map(
    (row: { incidentId: string }) => row.incidentId,
  );
const commandsOf = async (person: string, id: string): Promise<string[]> =>
  (await (await who(person)).get(`/incidents/${id}`)).body.commands;

describe('a cancellation that two people have to agree to', () => {
  it('is applied for, agreed to twice and done with the last word', async () => {
    const id = await asked();
    expect(await state(id)).toMatchObject({ status: 'to-dispatch', requests: [{ act: 'cancel' }] });
    expect(await queueOf('zhou-verifier')).toContain(id);
    expect(await queueOf('zhao-supervisor')).not.toContain(id);
    expect(await queueOf('zhang-verifier')).not.toContain(id);
    expect(await commandsOf('zhou-verifier', id)).toContain('decide-cancel');
    expect(await commandsOf('zhao-supervisor', id)).not.toContain('decide-cancel');
    expect(await refused('zhao-supervisor', id, 'decide-cancel', grant)).toEqual({
      status: 409,
      code: 'NOT_YOUR_STEP',
    });
    expect(await refused('wang-dispatcher', id, 'decide-cancel', grant)).toEqual({
      status: 409,
      code: 'OWN_APPLICATION',
    });
    expect((await refused('he-clerk', id, 'decide-cancel', grant)).status).toBe(403);
    expect((await refused('xie-clerk', id, 'decide-cancel', grant)).status).toBe(404);
    await does('zhou-verifier', id, 'decide-cancel', { ...grant, text: '现场无此问题' });
    expect(await queueOf('zhao-supervisor')).toContain(id);
    expect(await queueOf('zhou-verifier')).not.toContain(id);
    await does('zhao-supervisor', id, 'decide-cancel', { ...grant, text: '同意作废' });
    expect(await state(id)).toMatchObject({ custodian: 'archive', status: 'cancelled' });
    expect(await queueOf('zhao-supervisor')).not.toContain(id);
    expect((await history(id)).slice(-5)).toEqual([
      'dispatch.cancel-requested',
      'dispatch.cancel-decided',
      'dispatch.cancel-decided',
      'dispatch.cancelled',
      'archive.evaluated',
    ]);
  });

  it('is refused by either, taken back by the applicant, and void when assigned', async () => {
    const id = await asked();
    await does('zhou-verifier', id, 'decide-cancel', { decision: 'refuse', text: '问题属实' });
    expect(await state(id)).toMatchObject({ status: 'to-dispatch', requests: [] });
    const reason = { reasonCode: await reasonOf('cancel') };
    await does('wang-dispatcher', id, 'cancel', reason);
    const [{ id: requestId }] = (await state(id)).requests;
    expect(await refused('liu-dispatcher', id, 'withdraw-request', { requestId })).toMatchObject({
      code: 'NOT_YOUR_APPLICATION',
    });
    await does('wang-dispatcher', id, 'withdraw-request', { requestId });
    await does('wang-dispatcher', id, 'cancel', reason);
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    expect((await state(id)).requests).toEqual([]);
    expect(await refused('zhou-verifier', id, 'decide-cancel', grant)).toMatchObject({
      code: 'NOT_IN_CUSTODY',
    });
  });
});
