import { commandBodies, ownerOf, permissions, type Verb, verbs } from '@cityloop/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { casesOf } from './cases.ts';
import { bodies } from './command-bodies.ts';
import { nasty } from './nasty.ts';
import { type Answer, type Product, startProduct } from './product.ts';

let product: Product;
let photo = '';
const { who, does, reported, filed } = casesOf(() => product);

beforeAll(async () => {
  product = await startProduct();
  photo = await (await who(MEMBER)).photo();
});
afterAll(() => product[Symbol.asyncDispose]());

const LEADER = 'shen-greening-leader';
const MEMBER = 'han-greening-member';
/** Whoever gives a command: the first of these whose role may. */
const people: readonly (readonly [string, string])[] = [
  ['unit-leader', LEADER],
  ['shift-supervisor', 'zhao-supervisor'],
  ['clerk', 'li-clerk'],
  ['dispatcher', 'wang-dispatcher'],
  ['verifier', 'zhou-verifier'],
  ['unit-member', MEMBER],
  ['leader', 'zheng-leader'],
  ['admin', 'jiang-admin'],
  ['grid-worker', 'tao-grid'],
];
const giverOf = (verb: Verb): string =>
  people.find(([role]) => permissions[verb].includes(role as never))?.[1] ?? 'jiang-admin';

async function assigned(): Promise<string> {
  const id = await filed();
  await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
  return id;
}

async function received(): Promise<string> {
  const id = await assigned();
  await does(LEADER, id, 'receive');
  return id;
}

async function finished(): Promise<string> {
  const id = await received();
  await does(MEMBER, id, 'finish', { result: 'resolved', attachments: [photo] });
  return id;
}

async function confirmed(): Promise<string> {
  const id = await finished();
  await does(LEADER, id, 'confirm');
  return id;
}

async function closed(): Promise<string> {
  const id = await confirmed();
  await does('zhou-verifier', id, 'check', { outcome: 'pass' });
  return id;
}

const stages = {
  intake: () => reported(),
  dispatch: filed,
  handling: received,
  verification: confirmed,
  archive: closed,
};

/** An incident from another, one command further on. */
const then = (way: () => Promise<string>, person: string, verb: Verb, body: object) => async () => {
  const id = await way();
  await does(person, id, verb, body);
  return id;
};

/** Where a command needs more than an incident in its own stage. */
const special: Partial<Record<Verb, () => Promise<string>>> = {
  receive: assigned,
  confirm: finished,
  'send-back': finished,
  'report-fact-check': then(() => reported(), 'li-clerk', 'request-fact-check', {}),
  'decide-suspension': then(received, MEMBER, 'request-suspension', bodies['request-suspension']),
  'decide-cancel': then(filed, 'wang-dispatcher', 'cancel', { reasonCode: 'duplicate' }),
  'rule-return': then(assigned, LEADER, 'return', { reasonCode: 'not-our-duty' }),
};
const wayOf = (verb: Verb) => special[verb] ?? stages[ownerOf(verb) ?? 'handling'];

/** What a command needs beside what always passes its form. */
const also: Partial<Record<Verb, object>> = {
  file: { standardId: 'E01-17.1' },
  decline: { reasonCode: 'too-vague' },
  cancel: { reasonCode: 'duplicate' },
  return: { reasonCode: 'not-our-duty' },
  recall: { reasonCode: 'wrong-unit' },
  amend: { reasonCode: 'urgency-changed' },
  'assign-crew': { personIds: [MEMBER] },
  // Only these two look at every member they are given.
  check: { outcome: 'fail', cause: 'not-handled' },
  'rule-return': { ruling: 'reassign', unitId: 'yp-roads', fault: 'misdispatch' },
};
const bodyOf = (verb: Verb, given: object): object => ({
  ...bodies[verb],
  ...also[verb],
  ...(verb === 'finish' ? { attachments: [photo] } : {}),
  ...given,
});
/** What would need a story of its own to be taken; refusals of these are all that is looked at. */
const untold: readonly Verb[] = [
  'merge',
  'decide-decline',
  'decide-self-handled',
  'escalate',
  'take-up',
  'request-extension',
  'decide-extension',
  'decide-late-return',
  'resume',
  'close',
  'decide-close',
  'decide-forced-close',
  'unmerge',
  'reply-supervision',
  'withdraw-supervision',
  'withdraw-request',
  'revoke-pause',
  'go-live',
  'reveal',
];
const isForm = (verb: Verb, body: object): boolean => commandBodies[verb].safeParse(body).success;
const formsOf = (verb: Verb) =>
  [...Object.keys(commandBodies[verb].shape), 'x'].flatMap((member) =>
    nasty.map((value) => ({ member, value, body: bodyOf(verb, { [member]: value }) })),
  );

it('in any member of any command that breaks its form is refused', async () => {
  const wrong: string[] = [];
  let sent = 0;
  for (const verb of verbs) {
    const person = await who(giverOf(verb));
    const id = await wayOf(verb)();
    const answers = formsOf(verb)
      .filter(({ body }) => !isForm(verb, body))
      .map(async ({ member, value, body }) => {
        const { status, body: problem } = await person.give(id, verb, body);
        sent += 1;
        if (status === 400 && /^REQUEST_/.test(problem.code)) return;
        wrong.push(`${verb} ${member} ${String(value).slice(0, 20)}: ${status} ${problem.code}`);
      });
    await Promise.all(answers);
  }
  expect(wrong).toEqual([]);
  expect(sent).toBeGreaterThan(2_000);
});

/** Every text in the history of an incident. */
async function textsOf(id: string, version: number): Promise<unknown[]> {
  const { body } = await (await who('li-clerk')).get(
    `/incidents/${id}/history?minVersion=${version}`,
  );
  const texts: unknown[] = [];
  JSON.stringify(body.events, (_key, value) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts;
}

it('in a form that passes is taken word for word, or refused with a reason', async () => {
  const wrong: string[] = [];
  const taken = new Set<Verb>();
  for (const verb of verbs) {
    const person = await who(giverOf(verb));
    const make = wayOf(verb);
    let id = await make();
    const look = async (member: string, value: unknown, answer: Answer) => {
      const what = `${verb} ${member} ${String(value).slice(0, 20)}: ${answer.status} ${answer.body.code}`;
      if (answer.status !== 200) {
        if (![400, 403, 404, 409].includes(answer.status)) wrong.push(what);
        return;
      }
      const whole = typeof value !== 'string' || value.trim() === '' || verb === 'reveal';
      if (!whole && !(await textsOf(id, answer.body.version)).includes(value)) wrong.push(what);
      if (!whole) taken.add(verb);
      id = await make();
    };
    for (const { member, value, body } of formsOf(verb)) {
      if (isForm(verb, body)) await look(member, value, await person.give(id, verb, body));
    }
  }
  expect(wrong).toEqual([]);
  expect(verbs.filter((verb) => !taken.has(verb))).toEqual(untold);
});
