import { DistrictPack, PolicyRevision } from '@cityloop/contracts';
import type { EventLog } from '@cityloop/event-log';
import { InvalidInput } from '@cityloop/kernel';

/** The policy in force by the log. */
export type PublishedPack = {
  readonly pack: DistrictPack;
  readonly revision: number;
  readonly edition: number;
  /** ISO 8601. */
  readonly effectiveFrom: string;
};

const PAGE = 200;

/**
 * The last edition of the policy that was published whole, put together from the log as every service
 * does it; undefined when none was.
 *
 * @throws InvalidInput `POLICY_UNREADABLE` when this build cannot read what stands there
 */
export async function readPublished(log: EventLog): Promise<PublishedPack | undefined> {
  const sections: { [S in PolicyRevision['section']]?: unknown } = {};
  let published: PublishedPack | undefined;
  let position = 1;
  for (;;) {
    const records = await log.read('policy', { partition: 0, position }, PAGE);
    for (const record of records) {
      const revised = PolicyRevision.safeParse(parseJson(record.body));
      if (!revised.success) throw unreadable(record.position);
      const { section, content, last, revision, edition, effectiveFrom } = revised.data;
      sections[section] = content;
      if (!last) continue;
      // Modes in force are no part of the pack.
      const { activations: _activations, ...parts } = sections;
      const pack = DistrictPack.safeParse(parts);
      if (!pack.success) throw unreadable(record.position);
      published = { pack: pack.data, revision, edition, effectiveFrom };
    }
    const end = records.at(-1);
    if (end === undefined) return published;
    position = end.position + 1;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(position: number): InvalidInput {
  return new InvalidInput(
    'POLICY_UNREADABLE',
    `the published policy cannot be read by this build (topic policy, position ${position})`,
  );
}
