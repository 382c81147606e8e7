import {
  doorSettings,
  noticeSettings,
  peerSettings,
  servicePorts,
  worldSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of sla as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(servicePorts.sla),
    ...worldSettings,
    ...noticeSettings,
    ...peerSettings(['intake', 'dispatch', 'handling', 'verification', 'archive']),
  })
  .readonly();
