import { doorSettings, servicePorts, worldSettings } from '@cityloop/service';
import { z } from 'zod';

/** Every setting of district as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    ...doorSettings(servicePorts.district),
    ...worldSettings,
    CITYLOOP_PACK: z.string().min(1).default('yangpu').meta({
      description: 'Name of a district pack under infra/packs, or the path of one.',
    }),
  })
  .readonly();
