import { expect, it } from 'vitest';
import { AskArgs } from '../src/doors/command-args.ts';
import { remoteStage } from '../src/doors/stage-calls.ts';
import type { GivenAsk } from '../src/doors/stage-door.ts';
import { peerOf, startReplica } from './fixture.ts';

const ID = '01a1ff25-e37d-701d-87e0-26c1f9330774';
const OTHER = '01a1ff25-e605-70d0-8645-8fff772e2824';

it('an ask arrives at another process, whatever its sender keeps beside it', async () => {
  const asked: GivenAsk[] = [];
  const answer = { id: ID, number: 'n', version: 2, status: 'handling', custodian: 'handling' };
  const run = async (given: GivenAsk) => {
    asked.push(given);
    return answer;
  };
  await using replica = await startReplica({ ask: { args: AskArgs, run } });
  using peer = peerOf([replica.url]);
  const given = {
    incidentId: ID,
    verb: 'absorb',
    body: { from: OTHER, demands: [] },
    key: 'ask-1',
  };
  // As the sender of asks has it: a row of its table.
  const row = { ...given, id: 'row', incident_id: ID, about: OTHER };
  expect(await remoteStage(peer).ask(row)).toEqual(answer);
  expect(asked).toEqual([given]);
});
