import { type Stage, stages } from '@cityloop/contracts';
import { Unavailable } from '@cityloop/kernel';
import { describe, expect, it } from 'vitest';
import { locate } from './custody.ts';

const ID = '01a1ff25-e37d-701d-87e0-26c1f9330774';
type Said = { readonly custodian: Stage; readonly version: number } | 'silent';

/** The five doors, of which some know the incident and some do not answer. */
function doors(said: Partial<Record<Stage, Said>>) {
  const door = (stage: Stage) => ({
    row: async () => {
      const answer = said[stage];
      if (answer === 'silent') throw new Unavailable('SERVICE_AWAY', `${stage} is away`);
      return answer;
    },
  });
  return Object.fromEntries(stages.map((stage) => [stage, door(stage)])) as Record<
    Stage,
    ReturnType<typeof door>
  >;
}

const filed = { custodian: 'dispatch', version: 2 } as const;
const confirmed = { custodian: 'verification', version: 7 } as const;

describe('who holds an incident', () => {
  it('is what the newest row says, also while it is on its way', async () => {
    expect(await locate(doors({ intake: filed, handling: confirmed }), ID)).toEqual(confirmed);
    expect(await locate(doors({}), ID)).toBeUndefined();
  });

  it('is found without those that do not answer and cannot have it', async () => {
    const known = doors({ intake: 'silent', handling: confirmed });
    expect(await locate(known, ID)).toEqual(confirmed);
  });

  it('is not guessed while the one it was handed to does not answer: it may be further on', async () => {
    const known = doors({ intake: filed, handling: confirmed, verification: 'silent' });
    await expect(locate(known, ID)).rejects.toMatchObject({ code: 'SERVICE_AWAY' });
    await expect(locate(doors({ archive: 'silent' }), ID)).rejects.toBeInstanceOf(Unavailable);
  });
});
