import { logLevels } from '@cityloop/runtime';
import {
  databaseUrl,
  identitySettings,
  kafkaSettings,
  noticeSettings,
  timerSettings,
} from '@cityloop/service';
import { z } from 'zod';

/** Every setting of the cluster; the table in the README is generated from these descriptions. */
export const Config = z
  .object({
    PORT: z.coerce.number().int().min(0).max(65_000).default(8_080).meta({
      description:
        'Port of the first gateway; the services have the next ones, each further replica ten above. 0 picks free ones.',
    }),
    HOST: z.string().min(1).default('127.0.0.1').meta({
      description: 'Address the gateways listen on; services listen on 127.0.0.1 alone.',
    }),
    CITYLOOP_DATA: z.string().min(1).default('./data/cluster').meta({
      description: 'Folder of the servers started here, the photos, the logs and the token.',
    }),
    CITYLOOP_PACK: z.string().min(1).default('yangpu').meta({
      description: 'Name of a district pack under infra/packs, or the path of one.',
    }),
    DATABASE_URL: databaseUrl().optional().meta({
      description: 'A Postgres to use; without it one is started.',
      secret: true,
    }),
    ...kafkaSettings,
    KAFKA_BROKERS: kafkaSettings.KAFKA_BROKERS.meta({
      description:
        'An Apache Kafka for the event log, host:port by commas; without it one is started, unless told --without kafka.',
    }),
    REDIS_URL: timerSettings.REDIS_URL.meta({
      description:
        'A Redis for the timer index (redis:// or rediss://, nodes of a cluster by commas); without it one is started, unless told --without redis.',
      secret: true,
    }),
    ...noticeSettings,
    SERVICE_TOKEN: z.string().min(32).optional().meta({
      description: 'Secret the services share; without it one is made and kept in the data folder.',
      secret: true,
    }),
    ...identitySettings,
    METRICS_TOKEN: z.string().min(16).optional().meta({
      description: 'Bearer token that opens /metrics of every process.',
      secret: true,
    }),
    LOG_LEVEL: z.enum(logLevels).default('info').meta({
      description: 'What is logged, as JSON lines in <data>/logs.',
    }),
  })
  .readonly();
export type Config = z.infer<typeof Config>;
