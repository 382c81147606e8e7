import { give, type Loop, subjectOfPerson } from '@cityloop/console';
import { commandBodies, type IncidentCommand, ReportBody, type Verb } from '@cityloop/contracts';
import type { Answer } from '@cityloop/stage';

const POINT = { lon: 121.5135, lat: 31.3013, crs: 'WGS84' } as const;

type Who = string;

/** One person after another does something to one incident; each command has its key. */
export class Case {
  readonly #loop: Loop;
  /** Its name, and what its keys begin with. */
  readonly key: string;
  #steps = 0;
  id = '';

  constructor(loop: Loop, key: string) {
    this.#loop = loop;
    this.key = key;
  }

  async report(who: Who, body: object = {}, key = 'report'): Promise<this> {
    const answer = await this.#loop.report({
      body: ReportBody.parse({
        channel: 'grid-worker',
        description: '路口有高音喇叭揽客，噪声扰民',
        location: POINT,
        categoryCode: 'E01-28',
        ...body,
      }),
      subject: subject(this.#loop, who),
      key: `${this.key}/${key}`,
    });
    this.id = answer.id;
    return this;
  }

  /** As anybody but an import does it. */
  now(who: Who, verb: Verb, body: object = {}): Promise<Answer> {
    return this.give(who, verb, body, false);
  }

  async give(who: Who, verb: Verb, body: object = {}, importing = true): Promise<Answer> {
    this.#steps += 1;
    return give(this.#loop, {
      incidentId: this.id,
      // The body was parsed by the schema of this very verb.
      command: { verb, body: commandBodies[verb].parse(body) } as IncidentCommand,
      subject: subject(this.#loop, who),
      key: `${this.key}/${this.#steps}`,
      importing,
    });
  }
}

function subject(loop: Loop, id: string) {
  const person = loop.pack().people.find((p) => p.id === id);
  if (person === undefined) throw new Error(`the pack has nobody called ${id}`);
  return subjectOfPerson(person);
}
