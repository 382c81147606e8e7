import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';
import { type Dispensable, dispensable } from './servers.ts';

export type Options = {
  /** Processes of each service, and of the gateway. */
  readonly replicas: number;
  /** Brokers of the Kafka that is started. */
  readonly brokers: 1 | 3;
  /** What is not to be started, though no address is given: Postgres does its work. */
  readonly without: readonly Dispensable[];
};

export const USAGE = `npm run cluster [-- --replicas N] [--brokers 3] [--without kafka] [--without redis]

Runs every service as processes of its own on this machine, on the servers given by address
(DATABASE_URL, KAFKA_BROKERS, REDIS_URL) or, where none is given, on ones it starts.

  --replicas N      processes of each service and of the gateway, 1 to 9 (1)
  --brokers 3       a Kafka of three nodes, replication 3, at least 2 in sync (1)
  --without SERVER  kafka or redis: it is not started, Postgres does its work

SIGUSR2 restarts them one after the other. Settings: services/cluster/README.md`;

const Values = z.object({
  replicas: z.coerce.number().int().min(1).max(9).default(1),
  brokers: z
    .enum(['1', '3'])
    .default('1')
    .transform((amount) => (amount === '3' ? 3 : 1)),
  without: z.array(z.enum(dispensable)).default([]),
});

/** Undefined when help is asked for. Throws `InvalidInput` `OPTIONS_INVALID` with a sentence. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        replicas: { type: 'string' },
        brokers: { type: 'string' },
        without: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
    return values.help === true ? undefined : Values.parse(values);
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new InvalidInput('OPTIONS_INVALID', `${why}\n\n${USAGE}`, {}, { cause });
  }
}
