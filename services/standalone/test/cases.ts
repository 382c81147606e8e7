import { expect } from 'vitest';
import type { Answer, Person, Product } from './product.ts';

/** Ways to bring an incident of the district centre where a test needs it, over HTTP as its people. */
export function casesOf(product: () => Product) {
  const who = (id: string): Promise<Person> => product().as(id);

  /** Gives a command as somebody and insists that it is taken. */
  async function does(
    person: string,
    id: string,
    verb: string,
    body: object = {},
  ): Promise<Answer> {
    const answer = await (await who(person)).give(id, verb, body);
    expect(answer.body, `${person} ${verb}`).toMatchObject({ id });
    return answer;
  }

  async function refused(person: string, id: string, verb: string, body: object = {}) {
    const { status, body: problem } = await (await who(person)).give(id, verb, body);
    return { status, code: problem.code };
  }

  async function reported(person = 'chen-seat', body: object = {}): Promise<string> {
    const answer = await (await who(person)).report({ channel: 'hotline-12345', ...body });
    expect(answer.status).toBe(201);
    return answer.body.id;
  }

  async function filed(): Promise<string> {
    const id = await reported();
    await does('li-clerk', id, 'file', { categoryCode: 'E01-17', standardId: 'E01-17.1' });
    return id;
  }

  async function handled(id: string): Promise<void> {
    await does('shen-greening-leader', id, 'receive');
    await finished(id);
  }

  async function finished(id: string): Promise<void> {
    const photo = await (await who('han-greening-member')).photo();
    await does('han-greening-member', id, 'finish', {
      result: 'resolved',
      answer: '已清理',
      attachments: [photo],
    });
    await does('shen-greening-leader', id, 'confirm');
  }

  async function closedCase(): Promise<string> {
    const id = await filed();
    await does('wang-dispatcher', id, 'assign', { unitId: 'yp-greening' });
    await handled(id);
    await does('zhou-verifier', id, 'check', { outcome: 'pass' });
    return id;
  }

  const state = async (id: string) => (await (await who('li-clerk')).get(`/incidents/${id}`)).body;
  const history = async (id: string): Promise<string[]> => {
    const { version } = await state(id);
    const { body } = await (await who('li-clerk')).get(
      `/incidents/${id}/history?minVersion=${version}`,
    );
    return body.events.map((e: { type: string }) => e.type.slice(12, -3));
  };

  async function reasonOf(act: string): Promise<string> {
    const { body } = await (await who('li-clerk')).get('/catalogue');
    return body.reasons[act][0].code;
  }

  return {
    who,
    does,
    refused,
    reported,
    filed,
    handled,
    finished,
    closedCase,
    state,
    history,
    reasonOf,
  };
}
