import { ownerOf, type Verb } from '@cityloop/contracts';
import type { RuleViolation } from '@cityloop/kernel';
import { refusalToKeep } from './answer.ts';
import { bodyHash, keyId } from './keys.ts';
import { notStored } from './refusals.ts';
import { BatchConflict, type BatchWrite, type StageStore } from './store.ts';
import type { Command } from './work.ts';

/** A batch that changes nothing. */
const nothing: BatchWrite = {
  ...{ rows: [], keys: [], offsets: [], taken: [], events: [], bodies: [], states: [], asks: [] },
};

/**
 * Keeps that a command was refused because the incident is not here; false when the same command was answered
 * meanwhile. Throws `Unavailable` when it could not be kept. Of a command that follows custody nothing is kept: the next holder is asked under the same key.
 */
export async function keepRefusal(
  store: Pick<StageStore, 'commit'>,
  given: Command,
  refusal: RuleViolation,
): Promise<boolean> {
  const { key, subject, incidentId, command } = given;
  const answer = refusalToKeep(given, refusal);
  // Asks of the loop's own have no owner either.
  if (key === undefined || answer === undefined || ownerOf(command.verb as Verb) === undefined) {
    return true;
  }
  const hash = bodyHash(command.verb, incidentId, command.body);
  try {
    await store.commit({
      ...nothing,
      keys: [{ key: keyId(subject.id, key), bodyHash: hash, answer }],
    });
    return true;
  } catch (error) {
    if (error instanceof BatchConflict) return false;
    throw notStored(error);
  }
}
