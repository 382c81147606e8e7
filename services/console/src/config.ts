import { doorSettings, identitySettings, peerSettings, worldSettings } from '@cityloop/service';
import { z } from 'zod';

/** Every setting of the gateway as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(8_080),
    ...worldSettings,
    ...peerSettings([
      'intake',
      'dispatch',
      'handling',
      'verification',
      'archive',
      'monitor',
      'sla',
      'district',
    ]),
    CITYLOOP_DATA: z.string().min(1).default('./data').meta({
      description: 'Folder of the photos; gateways that stand for each other share it.',
    }),
    ...identitySettings,
  })
  .readonly();
export type Config = z.infer<typeof Config>;
