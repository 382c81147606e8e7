import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Product, startProduct } from './product.ts';

const TOKEN = 'figures-0123456789';
let product: Product;

beforeAll(async () => {
  product = await startProduct({ HOST: '0.0.0.0', METRICS_TOKEN: TOKEN });
});
afterAll(() => product[Symbol.asyncDispose]());

async function codes(amount: number, ask: () => Promise<Answer>): Promise<number[]> {
  const answers: number[] = [];
  for (let n = 0; n < amount; n++) answers.push((await ask()).status);
  return answers;
}

describe('a door open to the network', () => {
  it('shows its figures to auditors, and to who brings the token', async () => {
    const ask = async (token?: string) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(`${product.url}/metrics`, { headers })).status;
    };
    const [clerk, auditor] = [await product.as('he-clerk'), await product.as('feng-auditor')];
    expect(await ask()).toBe(401);
    expect(await ask(`${TOKEN}x`)).toBe(401);
    expect(await ask(clerk.token)).toBe(403);
    expect(await ask(auditor.token)).toBe(200);
    expect(await ask(TOKEN)).toBe(200);
  });

  it('takes no flood of photos or of one citizen’s reports, and any amount of work from staff', async () => {
    const [clerk, citizen] = [await product.as('he-clerk'), await product.as('demo-citizen')];
    const reports = await codes(25, () => citizen.report({ channel: 'citizen-app' }));
    expect(reports.filter((code) => code === 201)).toHaveLength(20);
    expect(reports.slice(20)).toEqual([429, 429, 429, 429, 429]);
    const refused = await citizen.report({ channel: 'citizen-app' });
    expect(refused.body).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(new Set(await codes(150, () => clerk.report()))).toEqual(new Set([201]));

    const photos = await codes(61, () =>
      clerk.post('/attachments', Buffer.from('no photo'), { 'content-type': 'image/png' }),
    );
    expect(photos.indexOf(429)).toBe(60);
    expect(await citizen.photo()).toBeTypeOf('string');
  });

  it('lets nobody try to sign in without end', async () => {
    const signIn = async () => {
      const response = await fetch(`${product.url}/auth/demo/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ person: 'nobody' }),
      });
      return { status: response.status, headers: response.headers, body: {} } as Answer;
    };
    const seen = await codes(125, signIn);
    expect(new Set(seen)).toEqual(new Set([404, 429]));
    expect(seen.at(-1)).toBe(429);
    expect((await fetch(`${product.url}/auth/demo/people`)).status).toBe(200);
  });
});
