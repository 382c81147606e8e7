import {
  doorSettings,
  peerSettings,
  servicePorts,
  timerSettings,
  worldSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of dispatch as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(servicePorts.dispatch),
    ...worldSettings,
    ...timerSettings,
    ...peerSettings(['intake', 'handling', 'verification', 'archive']),
  })
  .readonly();
