import { logLevels } from '@cityloop/runtime';
import {
  databaseUrl,
  identitySettings,
  kafkaSettings,
  noticeSettings,
  timerSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of the whole; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(8_080).meta({
      description: 'Port of the one door; 0 picks a free one.',
    }),
    HOST: z.string().min(1).default('127.0.0.1').meta({
      description: 'Address it listens on; 0.0.0.0 opens it to the network.',
    }),
    CITYLOOP_DATA: z.string().min(1).default('./data').meta({
      description: 'Folder of the embedded database, the photos and the demo signing key.',
    }),
    CITYLOOP_PACK: z.string().min(1).default('yangpu').meta({
      description: 'Name of a district pack under infra/packs, or the path of one.',
    }),
    DATABASE_URL: databaseUrl().optional().meta({
      description: 'A Postgres to use instead of the embedded one.',
      secret: true,
    }),
    ...kafkaSettings,
    ...timerSettings,
    ...noticeSettings,
    ...identitySettings,
    METRICS_TOKEN: z.string().min(16).optional().meta({
      description:
        'Bearer token that opens /metrics, which is then closed on loopback too; without it open there, and beyond for auditors and admins.',
      secret: true,
    }),
    LOG_LEVEL: z.enum(logLevels).default('warn').meta({
      description: 'What is logged, as JSON lines on standard error.',
    }),
  })
  .readonly();
export type Config = z.infer<typeof Config>;
