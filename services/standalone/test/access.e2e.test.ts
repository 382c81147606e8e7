import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { permissions, type Verb, verbs } from '@cityloop/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodies } from './command-bodies.ts';
import { type Answer, eventually, type Person, type Product, startProduct } from './product.ts';

let product: Product;
const who = (id: string): Promise<Person> => product.as(id);

/** Nobody of these may see what 五角场街道 filed for itself and gave to its own unit. */
const strangers = [
  'xie-clerk',
  'zou-supervisor',
  'yu-enforcement-leader',
  'bo-grid',
  'demo-citizen',
  'shen-greening-leader',
  'han-greening-member',
];

/** One incident of 五角场街道 in the custody of each stage. */
const held = new Map<string, string>();
let photo = '';

beforeAll(async () => {
  product = await startProduct({ CITYLOOP_PACK: 'yangpu' });
  const clerk = await who('he-clerk');
  const steps: readonly (readonly [string, string, Verb, () => Promise<object>])[] = [
    [
      'dispatch',
      'he-clerk',
      'file',
      async () => ({ categoryCode: 'E01-17', standardId: 'E01-17.1' }),
    ],
    ['handling', 'lv-dispatcher', 'assign', async () => ({ unitId: 'wujiaochang-enforcement' })],
    ['', 'yan-enforcement-leader', 'receive', async () => ({})],
    [
      '',
      'hua-enforcement-member',
      'finish',
      async () => {
        photo = await (await who('hua-enforcement-member')).photo();
        return { result: 'resolved', attachments: [photo] };
      },
    ],
    ['verification', 'yan-enforcement-leader', 'confirm', async () => ({})],
    ['archive', 'zhang-verifier', 'check', async () => ({ outcome: 'pass' })],
  ];
  const stages = ['intake', 'dispatch', 'handling', 'verification', 'archive'];
  for (const wanted of stages) {
    const { body } = await clerk.report({ channel: 'walk-in' });
    held.set(wanted, body.id);
    if (wanted === 'intake') continue;
    for (const [stage, person, verb, make] of steps) {
      const { status } = await (await who(person)).give(body.id, verb, await make());
      expect(status, `${person} ${verb}`).toBe(200);
      if (stage === wanted) break;
    }
  }
});
afterAll(() => product[Symbol.asyncDispose]());

const told = ({ status, body }: Answer): string => `${status} ${body.code}`;

describe('a foreign incident', () => {
  it('is not there, for any command of any role, wherever it is held', async () => {
    const leaks: string[] = [];
    let looked = 0;
    for (const name of strangers) {
      const person = await who(name);
      for (const [stage, id] of held) {
        const answers = verbs.map(async (verb) => {
          const [foreign, unknown] = await Promise.all([
            person.give(id, verb, bodies[verb]),
            person.give(randomUUID(), verb, bodies[verb]),
          ]);
          looked += 1;
          const same = told(foreign) === told(unknown);
          const refusal = foreign.status === 404 || foreign.body.code === 'PERMISSION_MISSING';
          if (!same || !refusal) leaks.push(`${name} ${verb} ${stage}: ${told(foreign)}`);
        });
        await Promise.all(answers);
      }
    }
    expect(leaks).toEqual([]);
    expect(looked).toBe(strangers.length * held.size * verbs.length);
  });

  it('is in no list, count, queue, history or batch answer of a stranger', async () => {
    const ids = [...held.values()];
    await eventually(
      async () => (await (await who('li-clerk')).get('/incidents?limit=200')).body.items.length,
      (found) => found >= ids.length,
    );
    for (const name of strangers) {
      const person = await who(name);
      const queues = await person.get('/queues/none');
      const paths = [
        '/incidents?limit=200',
        '/incidents?area=310110019',
        ...queues.body.queues.map((queue: string) => `/queues/${queue}`),
      ];
      for (const path of paths) {
        const text = JSON.stringify((await person.get(path)).body);
        expect(
          ids.filter((id) => text.includes(id)),
          `${name} ${path}`,
        ).toEqual([]);
      }
      expect((await person.get('/counts')).body.counts, name).toEqual([]);
      for (const id of ids) {
        for (const path of [`/incidents/${id}`, `/incidents/${id}/history?minVersion=99`]) {
          expect(told(await person.get(path)), `${name} ${path}`).toBe('404 INCIDENT_NOT_FOUND');
        }
      }
    }
  });

  it('takes no longer to be denied than one that does not exist', async () => {
    const person = await who('xie-clerk');
    const startedMs = performance.now();
    await person.get(`/incidents/${held.get('dispatch')}?minVersion=9999`);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it('cannot be merged into, followed, or reached through its photo', async () => {
    const clerk = await who('xie-clerk');
    const { body: own } = await clerk.report({ channel: 'walk-in' });
    const id = held.get('dispatch') ?? '';
    expect(told(await clerk.give(own.id, 'merge', { into: id }))).toBe(
      '404 MERGE_TARGET_NOT_FOUND',
    );
    const follower = await clerk.report({ channel: 'walk-in', follows: id });
    expect(told(follower)).toBe('409 FOLLOWS_UNKNOWN');
    expect(told(await clerk.give(own.id, 'note', { attachments: [photo] }))).toBe(
      '409 ATTACHMENT_UNKNOWN',
    );
    expect(told(await clerk.get(`/attachments/${photo}`))).toBe('404 ATTACHMENT_NOT_FOUND');
  });
});

/** What a photo of so many bytes is answered before it is sent. */
function announced(token: string, bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'image/png',
      'content-length': bytes,
    };
    const upload = request(`${product.url}/api/v1/attachments`, { method: 'POST', headers });
    upload.on('error', reject);
    upload.on('response', ({ statusCode }) => {
      resolve(statusCode);
      upload.off('error', reject).on('error', () => undefined);
      upload.destroy();
    });
    upload.flushHeaders();
  });
}

describe('a photo', () => {
  it('is seen by whoever may see an incident that has it, and by who brought it', async () => {
    for (const name of [
      'he-clerk',
      'li-clerk',
      'yan-enforcement-leader',
      'hua-enforcement-member',
    ]) {
      const { status, headers } = await (await who(name)).get(`/attachments/${photo}?size=thumb`);
      expect(status, name).toBe(200);
      expect(headers.get('content-type')).toBe('image/webp');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('has to be there to be evidence', async () => {
    const clerk = await who('he-clerk');
    const made = `ph-${'0'.repeat(40)}`;
    for (const id of [made, 'demo-photo', '../../x']) {
      const report = await clerk.report({ channel: 'walk-in', attachments: [id] });
      expect(told(report)).toBe('409 ATTACHMENT_UNKNOWN');
    }
  });

  it('may come as a form, and is refused when it is none or too large', async () => {
    const { token } = await who('he-clerk');
    const form = new FormData();
    form.set('file', new Blob(['not a photo'], { type: 'image/png' }), 'photo.png');
    const send = (body: FormData) =>
      fetch(`${product.url}/api/v1/attachments`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body,
      });
    expect(await (await send(form)).json()).toMatchObject({ code: 'ATTACHMENT_TYPE' });
    const big = new FormData();
    // Barely over: the server stops reading, and what is still on its way must be little.
    big.set('file', new Blob([Buffer.alloc(10 * 1024 * 1024 + 100)]), 'photo.png');
    expect((await send(big)).status).toBe(413);
    expect(await announced(token, 11 * 1024 * 1024)).toBe(413);
  });
});

/** Who has the permission is told of the incident, who has not is told of the permission. */
function isFair({ status, body }: Answer, allowed: boolean): boolean {
  if (!allowed) return status === 403 && body.code === 'PERMISSION_MISSING';
  if (body.code === 'PERMISSION_MISSING' || body.code === 'INCIDENT_NOT_FOUND') return false;
  return [200, 403, 404, 409].includes(status);
}

describe('an incident in sight', () => {
  const people = [
    'he-clerk',
    'lv-dispatcher',
    'shi-supervisor',
    'zhang-verifier',
    'kong-evaluator',
    'cao-leader',
    'tao-grid',
    'feng-auditor',
    'jiang-admin',
    'zheng-leader',
  ];

  it('takes from each role only the commands of that role', async () => {
    const { body } = await (await who('jiang-admin')).get('/district');
    const wrong: string[] = [];
    const id = held.get('dispatch') ?? '';
    // Without those that would move it away from where the others find it.
    const stays = verbs.filter((verb) => !['withdraw', 'assign', 'cancel'].includes(verb));
    for (const name of people) {
      const person = await who(name);
      const { roles } = body.people.find((p: { id: string }) => p.id === name);
      for (const verb of stays) {
        const answer = await person.give(id, verb, bodies[verb]);
        if (
          !isFair(
            answer,
            roles.some((role: never) => permissions[verb].includes(role)),
          )
        ) {
          wrong.push(`${name} ${verb}: ${told(answer)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('needs a token that is ours', async () => {
    const url = `${product.url}/api/v1/incidents`;
    const forged = `${'e30'}.${Buffer.from('{"sub":"x"}').toString('base64url')}.x`;
    for (const headers of [
      {},
      { authorization: `Bearer ${forged}` },
      { authorization: 'Basic x' },
    ]) {
      expect((await fetch(url, { headers })).status).toBe(401);
    }
  });
});
