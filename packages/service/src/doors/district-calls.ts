import { ModeProposalBody } from '@cityloop/contracts';
import { z } from 'zod';
import type { Served } from '../calls/methods.ts';
import type { Peer } from '../calls/peer.ts';
import { once, remote, safely } from '../calls/remote.ts';
import { Person } from './command-args.ts';
import type { DistrictDoor } from './other-doors.ts';

const ProposeArgs = z.tuple([
  z.strictObject({
    body: ModeProposalBody,
    subject: Person,
    key: z.string().min(1).max(600).optional(),
  }),
]);
const DecideArgs = z.tuple([
  z.strictObject({
    id: z.uuid(),
    decision: z.enum(['approve', 'refuse', 'withdraw', 'end']),
    subject: Person,
    reason: z.string().max(400).optional(),
  }),
]);

/** What the district offers to the gateway. */
export function districtMethods(door: DistrictDoor): Served<DistrictDoor> {
  return {
    modes: { args: z.tuple([]), run: door.modes },
    proposeMode: { args: ProposeArgs, run: door.proposeMode },
    decideMode: { args: DecideArgs, run: door.decideMode },
  };
}

export function remoteDistrict(peer: Peer): DistrictDoor {
  return remote<DistrictDoor>(peer, {
    modes: safely,
    proposeMode: once,
    // A second one finds that it was done, and says so.
    decideMode: once,
  });
}
