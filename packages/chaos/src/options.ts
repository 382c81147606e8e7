import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';

const Options = z.object({
  minutes: z.coerce
    .number()
    .min(0.5)
    .max(24 * 60),
  seed: z.coerce.number().int().min(0),
  /** Processes of each service, and of the gateway. */
  replicas: z.coerce.number().int().min(1).max(5),
  brokers: z.enum(['1', '3']).transform((n) => Number(n) as 1 | 3), // one of these
  /** Chains of people at work at once. */
  people: z.coerce.number().int().min(1).max(200),
  keep: z.boolean(),
  /** Gateways of a system that runs already. */
  url: z
    .string()
    .transform((list) => list.split(',').map((one) => one.trim()))
    .pipe(z.array(z.url({ protocol: /^https?$/ })))
    .optional(),
  /** The folder of its compose file, if it runs in containers. */
  compose: z.string().optional(),
});
export type Options = z.infer<typeof Options>;

export const USAGE = `npm run chaos -- [--minutes N] [--seed S] [options]

Drives the loop by the import and by people of all roles while processes, servers and links fail by a plan
that follows from the seed; then lets it come to rest and checks that nothing was lost, doubled or stuck.

  --minutes N    how long the faults last (2)
  --seed S       of the plan and of what people do (1); the same seed makes the same plan
  --replicas N   processes of each service, 1 to 5 (2)
  --brokers N    brokers of Kafka, 1 or 3 (1)
  --people N     how many incidents people work on at once (6)
  --keep         keeps the folder of the run also when all is well
  --url URL,…    gateways of a system that runs already: only their links fail, and what --compose adds;
                 DATABASE_URL (and KAFKA_BROKERS) name its data for the checks
  --compose DIR  the folder of the compose file it runs by: its containers are killed and paused

  exit code: 0 no violation, 1 violations, 2 it could not be run`;

/** Undefined when help is asked for. Throws `InvalidInput` `OPTIONS_INVALID` with a sentence. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        replicas: { type: 'string', default: '2' },
        brokers: { type: 'string', default: '1' },
        people: { type: 'string', default: '6' },
        keep: { type: 'boolean', default: false },
        url: { type: 'string' },
        compose: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    if (values.compose !== undefined && values.url === undefined) {
      throw new RangeError('--compose needs --url: where its gateway is');
    }
    return Options.parse(values);
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new InvalidInput('OPTIONS_INVALID', `${why}\n\n${USAGE}`, {}, { cause });
  }
}
