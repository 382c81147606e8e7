import type { DistrictDoor } from '@cityloop/service';
import type { District } from './service.ts';

/** The district as the gateway wants it. */
export function districtDoor({ modes }: Pick<District, 'modes'>): DistrictDoor {
  return {
    modes: () => modes.stand(),
    proposeMode: (given) => modes.propose(given),
    decideMode: (given) => modes.decide(given),
  };
}
