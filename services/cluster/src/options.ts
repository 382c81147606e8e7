import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';

const Options = z.object({
  /** Processes of each service, and of the gateway. */
  replicas: z.coerce.number().int().min(1).max(9),
  brokers: z.enum(['0', '1', '3']).transform((n) => Number(n) as 0 | 1 | 3), // one of these
});
export type Options = z.infer<typeof Options>;

export const USAGE = `npm run cluster [-- --replicas N] [--brokers 1|3]

Runs every service as processes of its own on this machine, on the servers given by address
(DATABASE_URL, KAFKA_BROKERS, REDIS_URL) or, where none is given, on ones it starts: PostgreSQL
comes with the install, Kafka needs Java 17 and Maven, Redis needs redis-server.

  --replicas N   processes of each service and of the gateway, 1 to 9 (1)
  --brokers N    brokers of Kafka: 1 (default), or 3 with each record on all of them;
                 0 leaves the log and the timers in the database, and needs neither Java nor Redis

SIGUSR2 restarts them one after the other. Settings: services/cluster/README.md`;

/** Undefined when help is asked for. Throws `InvalidInput` `OPTIONS_INVALID` with a sentence. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        replicas: { type: 'string', default: '1' },
        brokers: { type: 'string', default: '1' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return undefined;
    return Options.parse(values);
  } catch (cause) {
    const why =
      cause instanceof z.ZodError
        ? '--replicas is a number from 1 to 9, --brokers one of 0, 1 and 3'
        : String(cause);
    throw new InvalidInput('OPTIONS_INVALID', `${why}\n\n${USAGE}`, {}, { cause });
  }
}
