import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';

/** What the command line of `clocks` asks for. */
export type ClocksOptions = {
  /** A pack folder by name or path, or the file of one section. */
  readonly policy: string;
  /** Clocks that began from here on, and before there, ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly data: string | undefined;
  /** Where the whole comparison goes, as CSV. */
  readonly csv: string | undefined;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run clocks -- replay --policy PACK|FILE [options]

  Computes the clocks of a past period anew under another policy and compares how many were on time.
  History stays as it is: nothing is written but the CSV.

  --policy     what would have applied: a pack (a name under infra/packs or the path of a folder), or the
               file of one section (clocks.yaml, catalogue.yaml, calendars.yaml …) laid over what is published
  --from --to  clocks that began in this time (2026-03-01 or an ISO 8601 instant; days are Shanghai's)
  --csv FILE   the comparison by clock, centre and category
  --data DIR   the data folder of the stopped product (DATABASE_URL, else CITYLOOP_DATA, else ./data);
               a product that runs on a DATABASE_URL may go on

  exit code: 0 done, 2 it did not work`;

/** Throws `InvalidInput` `CLOCKS_USAGE` when the arguments make no sense; undefined asks for help. */
export function readOptions(args: readonly string[]): ClocksOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [command, ...more] = positionals;
  if (command !== 'replay' || more.length > 0) {
    throw usage(command === undefined ? 'which command?' : `no ${positionals.join(' ')}`);
  }
  const { policy, data, csv } = values;
  if (policy === undefined) throw usage('under which --policy?');
  const fromMs = instantOf('from', values.from) ?? Number.NEGATIVE_INFINITY;
  const toMs = instantOf('to', values.to) ?? Number.POSITIVE_INFINITY;
  if (fromMs >= toMs) throw usage('--from has to lie before --to');
  return { policy, fromMs, toMs, data, csv };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policy: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        csv: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

/** A day begins at midnight in Shanghai. */
function instantOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00+08:00` : text);
  if (Number.isNaN(ms)) throw usage(`--${name} is a day or an instant, not ${text}`);
  return ms;
}

function usage(message: string): InvalidInput {
  return new InvalidInput('CLOCKS_USAGE', `${message}\n\n${USAGE}\n`);
}
