import {
  type IncidentCommand,
  ownerOf,
  type Stage,
  type Subject,
  systemSubject,
} from '@cityloop/contracts';
import { report } from '@cityloop/intake/report';
import { CityLoopError, uuidv7 } from '@cityloop/kernel';
import type { Answer, Engine } from '@cityloop/stage';
import type { Durable, Process } from './sim-process.ts';
import type { Scheduler } from './sim-scheduler.ts';
import { conclusion } from './story.ts';

/** Something somebody wants done, tried under one key until there is a final answer. */
export type Errand = {
  /** Also the words of the command, by which its effect is found again. */
  readonly name: string;
  readonly stage: Stage | undefined;
  readonly incidentId: string;
  send(engine: Engine): Promise<Answer>;
  underWay: boolean;
  final: boolean;
  /** Every answer any attempt has got, heard or not. */
  readonly answers: Answer[];
  readonly refusals: string[];
  /** What the sender does with the final answer. */
  readonly conclude?: (code: string | undefined) => void;
};

type Task = Pick<Errand, 'name' | 'stage' | 'incidentId' | 'send' | 'conclude'>;

const errand = (task: Task): Errand => ({
  ...task,
  underWay: false,
  final: false,
  answers: [],
  refusals: [],
});

export function commandErrand(
  name: string,
  incidentId: string,
  subject: Subject,
  command: IncidentCommand,
): Errand {
  // As in stories: who names a time tells of an imported incident, anybody else acts now.
  const importing = (command.body as { readonly occurredAt?: string }).occurredAt !== undefined;
  const stage = stageFor(command.verb);
  const send = (engine: Engine) =>
    engine.command({ incidentId, command, subject, key: name, importing });
  return errand({ name, stage, incidentId, send });
}

function stageFor(verb: IncidentCommand['verb']): Stage | undefined {
  if (verb === 'conclude-merge') return 'intake';
  if (verb === 'conclude-unmerge') return 'archive';
  return verb === 'absorb' || verb === 'release' ? undefined : ownerOf(verb);
}

/** An ask of a service's and what it does with the answer. */
export function askErrand(
  ask: Durable['stores']['intake']['asks'][number],
  add: (next: Errand) => void,
): Errand {
  // Made by our own rules of the very body that stands in it.
  const body: unknown = JSON.parse(ask.body);
  const command = { verb: ask.verb, body } as IncidentCommand;
  const conclude = (code: string | undefined): void => {
    const end = conclusion(ask.verb, ask.incidentId, code);
    add(commandErrand(`${ask.key}/end`, ask.about, systemSubject, end));
  };
  const plain = commandErrand(ask.key, ask.incidentId, systemSubject, command);
  return { ...plain, conclude };
}

export function reportErrand(
  name: string,
  subject: Subject,
  body: Parameters<typeof report>[0],
  nowMs: number,
): Errand {
  const send = (engine: Engine): Promise<Answer> => {
    // Each attempt makes an incident of its own; the key sees to it that one comes to be.
    const id = uuidv7(nowMs);
    const imported = body.occurredAt !== undefined;
    const prepared = { id, number: name, imported, description: body.description };
    const decide = (ctx: Parameters<typeof report>[2]) => report(body, prepared, ctx);
    const { occurredAt } = body;
    return engine.bear({ incidentId: id, subject, key: name, body, occurredAt, decide });
  };
  return errand({ name, stage: 'intake', incidentId: '', send });
}

/** Refusals that pass by themselves. */
const passing: ReadonlySet<string> = new Set(['IN_TRANSIT']);

/** Sends an errand to a process and hears, or fails to hear, what it says. */
export function attempt(
  scheduler: Scheduler,
  { engine, name }: Process,
  one: Errand,
  onBug: (error: unknown) => void,
): void {
  const deaf = !scheduler.calm && scheduler.random.chance(0.1);
  scheduler.note(`${one.name} → ${name}${deaf ? ' (deaf)' : ''}`);
  one.underWay = true;
  one.send(engine).then(
    (answer) => {
      scheduler.note(`${one.name} ✓ v${answer.version} ${answer.status}`);
      one.answers.push(answer);
      over(one, deaf, undefined);
    },
    (error: unknown) => {
      if (!(error instanceof CityLoopError)) return onBug(error);
      scheduler.note(`${one.name} ✗ ${error.code}`);
      const moved = error.code === 'NOT_IN_CUSTODY' && one.stage === undefined;
      if (error.retryable || moved || passing.has(error.code)) one.underWay = false;
      else {
        one.refusals.push(error.code);
        over(one, deaf, error.code);
      }
    },
  );
}

function over(one: Errand, deaf: boolean, code: string | undefined): void {
  one.underWay = false;
  if (deaf || one.final) return;
  one.final = true;
  one.conclude?.(code);
}
