import { IncidentId } from '@cityloop/contracts';
import { uuidv7 } from '@cityloop/kernel';
import type { Command } from '@cityloop/stage';
import { z } from 'zod';
import type { Served } from '../calls/methods.ts';
import type { CallOptions, Peer } from '../calls/peer.ts';
import { once, patiently, remote, safely } from '../calls/remote.ts';
import { AskArgs, CommandArgs } from './command-args.ts';
import type { StageCalls, StageDoor } from './stage-door.ts';

const ids = z.array(IncidentId).max(100_000);
const page = { limit: z.int().min(1).max(1_000), after: IncidentId.optional() };
const HeldArgs = z.tuple([
  z.strictObject({
    ...page,
    centreIdPrefix: z.string().max(64).optional(),
    unitId: z.string().max(64).optional(),
    statuses: z.array(z.string().max(64)).max(50),
  }),
]);
const AwaitingArgs = z.tuple([
  z.strictObject({ ...page, seats: z.array(z.string().max(200)).max(500) }),
]);
const board = {
  centreIdPrefix: z.string().max(64).optional(),
  unitId: z.string().max(64).optional(),
  personId: z.string().max(64).optional(),
  grounds: z.array(z.string().max(64)).max(10_000).optional(),
  asideCentreId: z.string().max(64).optional(),
  asideUnitId: z.string().max(64).optional(),
};
const CountdownArgs = z.tuple([z.strictObject({ ...board, limit: page.limit })]);
const LampsArgs = z.tuple([z.strictObject(board)]);
const one = z.tuple([IncidentId]);

/** What a stage offers to other processes. */
export function stageMethods(door: StageCalls): Served<StageCalls> {
  return {
    command: { args: CommandArgs, run: door.command },
    ask: { args: AskArgs, run: door.ask },
    whereabouts: { args: one, run: door.whereabouts },
    row: { args: one, run: door.row },
    handedOver: { args: one, run: door.handedOver },
    versions: { args: z.tuple([ids]), run: door.versions },
    answers: { args: z.tuple([z.array(z.string().max(64)).max(100_000)]), run: door.answers },
    held: { args: HeldArgs, run: door.held },
    awaiting: { args: AwaitingArgs, run: door.awaiting },
    countdown: { args: CountdownArgs, run: door.countdown },
    lamps: { args: LampsArgs, run: door.lamps },
    parked: { args: z.tuple([z.int().min(1).max(10_000)]), run: door.parked },
    replay: { args: one, run: door.replay },
  };
}

/**
 * A stage in other processes. `aside` is how long the questions are waited for that one stage asks
 * another while others wait for it.
 */
export function remoteStage(peer: Peer, aside: CallOptions = safely): StageDoor {
  const calls = remote<StageCalls>(peer, {
    command: {
      ...patiently,
      repeated: ([command]) => [{ ...(command as Command), repeated: true }],
    },
    ask: safely,
    whereabouts: safely,
    row: aside,
    handedOver: safely,
    versions: aside,
    answers: aside,
    held: safely,
    awaiting: safely,
    countdown: safely,
    lamps: safely,
    parked: safely,
    replay: once,
  });
  return {
    ...calls,
    // With a key of its own it is one command however often it has to be sent.
    command: (command) => calls.command({ ...command, key: command.key ?? uuidv7() }),
    // What it is, and nothing that whoever asks keeps beside it: the other side takes no more.
    ask: ({ incidentId, verb, body, key, importing }) =>
      calls.ask({ incidentId, verb, body, key, importing }),
    backlog: () => peer.waiting,
  };
}
