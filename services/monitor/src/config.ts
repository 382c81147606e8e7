import { doorSettings, servicePorts, worldSettings } from '@cityloop/service';
import { z } from 'zod';

/** Every setting of monitor as a process; the table in the README is generated from these descriptions. */
export const Config = z
  .object({ ...doorSettings(servicePorts.monitor), ...worldSettings })
  .readonly();
