import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';

/** What the command line of `verify-run` asks for. */
export type Options = {
  readonly data: string | undefined;
  readonly json: boolean;
  readonly settled: boolean;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run verify-run -- [options]

  Holds the databases and the log of a run to the invariants I1 to I10. Changes nothing.
  The product has to be stopped, unless it runs on a DATABASE_URL: that is looked at as it stands.

  Where the log stands in Kafka, KAFKA_BROKERS (and what goes with it) has its topic checked as well.

  --data DIR   the data folder (DATABASE_URL, else CITYLOOP_DATA, else ./data)
  --settled    the run has come to rest: what is due, parked or still under way is a violation, too;
               without it, only what has been under way for more than 60 s when the log ended
  --json       the report as JSON

  exit code: 0 in order, 1 violations, 2 it could not be checked`;

/** Throws `InvalidInput` `VERIFY_USAGE` when the arguments make no sense; undefined asks for help. */
export function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        json: { type: 'boolean', default: false },
        settled: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { data, json, settled, help } = values;
    return help ? undefined : { data, json, settled };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidInput('VERIFY_USAGE', `${reason}\n\n${USAGE}\n`);
  }
}
