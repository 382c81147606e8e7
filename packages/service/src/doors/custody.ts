import { type Incident, ownerOf, type Stage, stages, type Verb } from '@cityloop/contracts';
import { CityLoopError, NotFound, Unavailable } from '@cityloop/kernel';
import type { Answer, Command, KnownKey } from '@cityloop/stage';
import type { GivenAsk, StageCalls } from './stage-door.ts';

const HOPS = 8;

export type StageDoors<Names extends keyof StageCalls = keyof StageCalls> = Readonly<
  Record<Stage, Pick<StageCalls, Names>>
>;

/**
 * Which service holds an incident, asked of all five; undefined when none has ever seen it. Those that do not
 * answer are done without, unless nobody else knows it, or it is them who hold it by what the others know: they
 * may have passed it on.
 */
export async function locate(
  doors: StageDoors<'row'>,
  incidentId: string,
): Promise<{ custodian: Stage; version: number } | undefined> {
  const answers = await Promise.allSettled(stages.map((stage) => doors[stage].row(incidentId)));
  let newest: { custodian: Stage; version: number } | undefined;
  const isSilent = (stage: Stage) => answers[stages.indexOf(stage)]?.status === 'rejected';
  for (const answer of answers) {
    const at = answer.status === 'fulfilled' ? answer.value : undefined;
    if (at === undefined || (newest !== undefined && newest.version >= at.version)) continue;
    newest = { custodian: at.custodian, version: at.version };
  }
  const silent = answers.find((answer) => answer.status === 'rejected');
  const unsure = newest === undefined || isSilent(newest.custodian);
  if (unsure && silent !== undefined) throw silent.reason;
  return newest;
}

/**
 * The incident as its holder has it; undefined when nobody has ever seen it. `IN_TRANSIT` (`Unavailable`) while
 * it is on its way.
 */
export async function holderOf(
  doors: StageDoors<'row' | 'whereabouts'>,
  incidentId: string,
): Promise<Incident | undefined> {
  const at = await locate(doors, incidentId);
  if (at === undefined) return undefined;
  const found = await doors[at.custodian].whereabouts(incidentId);
  if (found?.incident !== undefined) return found.incident;
  throw new Unavailable('IN_TRANSIT', '案件正在移交 / the incident is being handed over');
}

/** Gives a command to the service it belongs to, or to whoever holds the incident. */
export function give(doors: StageDoors<'row' | 'command'>, command: Command): Promise<Answer> {
  return route(doors, command.command.verb, command.incidentId, (stage) =>
    doors[stage].command(command),
  );
}

/** What one part of the system asks of an incident's holder. */
export function ask(doors: StageDoors<'row' | 'ask'>, given: GivenAsk): Promise<Answer> {
  return route(doors, given.verb, given.incidentId, (stage) => doors[stage].ask(given));
}

/** The versions another stage has of these incidents. */
export async function versionsAt(
  doors: StageDoors<'versions'>,
  stage: Stage,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  return new Map(await doors[stage].versions(ids));
}

/** What another stage answered to commands with these keys. */
export async function answersAt(
  doors: StageDoors<'answers'>,
  stage: Stage,
  keys: readonly string[],
): Promise<ReadonlyMap<string, KnownKey>> {
  return new Map(await doors[stage].answers(keys));
}

async function route(
  doors: StageDoors<'row'>,
  verb: string,
  incidentId: string,
  run: (stage: Stage) => Promise<Answer>,
): Promise<Answer> {
  // Asks of their own have no owner: they follow custody like the common commands.
  const owner = ownerOf(verb as Verb);
  if (owner !== undefined) return run(owner);
  let stage = (await locate(doors, incidentId))?.custodian;
  if (stage === undefined) {
    throw new NotFound('INCIDENT_NOT_FOUND', '没有这个案件 / no such incident');
  }
  for (let hop = 0; ; hop++) {
    try {
      return await run(stage);
    } catch (error) {
      const next = movedTo(error);
      if (next === undefined || hop === HOPS) throw error;
      stage = next;
    }
  }
}

function movedTo(error: unknown): Stage | undefined {
  if (!(error instanceof CityLoopError) || error.code !== 'NOT_IN_CUSTODY') return undefined;
  // Set by `notInCustody` only.
  return error.details.custodian as Stage;
}
