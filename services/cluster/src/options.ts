import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';
import { z } from 'zod';

export type Options = {
  /** Processes of each service, and of the gateway. */
  readonly replicas: number;
};

export const USAGE = `npm run cluster [-- --replicas N]

Runs every service as processes of its own on this machine, on the servers given by address
(DATABASE_URL) or, where none is given, on ones it starts.

  --replicas N   processes of each service and of the gateway, 1 to 9 (1)

SIGUSR2 restarts them one after the other. Settings: services/cluster/README.md`;

/** Undefined when help is asked for. Throws `InvalidInput` `OPTIONS_INVALID` with a sentence. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { replicas: { type: 'string', default: '1' }, help: { type: 'boolean' } },
    });
    if (values.help === true) return undefined;
    return { replicas: z.coerce.number().int().min(1).max(9).parse(values.replicas) };
  } catch (cause) {
    const why = cause instanceof z.ZodError ? '--replicas is a number from 1 to 9' : String(cause);
    throw new InvalidInput('OPTIONS_INVALID', `${why}\n\n${USAGE}`, {}, { cause });
  }
}
