import {
  doorSettings,
  peerSettings,
  servicePorts,
  timerSettings,
  worldSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of archive as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(servicePorts.archive),
    ...worldSettings,
    ...timerSettings,
    ...peerSettings(['intake', 'dispatch', 'handling', 'verification']),
  })
  .readonly();
