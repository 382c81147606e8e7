import {
  doorSettings,
  peerSettings,
  servicePorts,
  timerSettings,
  worldSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of intake as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(servicePorts.intake),
    ...worldSettings,
    ...timerSettings,
    ...peerSettings(['dispatch', 'handling', 'verification', 'archive']),
  })
  .readonly();
