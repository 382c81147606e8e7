import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';

const commands = ['show', 'diff', 'apply', 'check', 'convert'] as const;
export type PackCommand = (typeof commands)[number];

/** What the command line of `pack` asks for. */
export type PackOptions = {
  readonly command: PackCommand;
  /** A name under `infra/packs`, or the path of a folder; for `convert` the path of a CSV file. */
  readonly pack: string | undefined;
  readonly data: string | undefined;
  /** Applies without asking. */
  readonly yes: boolean;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run pack -- COMMAND [PACK] [options]

  show           what is published now
  check PACK     reads a pack and names every mistake in it; needs no database
  diff [PACK]    what would change if the pack were applied
  apply [PACK]   shows the change, asks, and publishes it as events
  convert FILE   a catalogue in CSV as YAML on standard output, to be kept as catalogue.yaml

  PACK         a name under infra/packs or the path of a folder (CITYLOOP_PACK, else yangpu)
  --data DIR   the data folder of the stopped product (DATABASE_URL, else CITYLOOP_DATA, else ./data);
               a product that runs on the same DATABASE_URL follows by itself
  --yes        apply without asking

  exit code: 0 done (diff: no change), 1 not done (diff: a change; check: mistakes; convert: rows left out), 2 it did not work`;

/** Throws `InvalidInput` `PACK_USAGE` when the arguments make no sense; undefined asks for help. */
export function readOptions(args: readonly string[]): PackOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [name, pack, ...more] = positionals;
  const command = commands.find((known) => known === name);
  if (command === undefined) throw usage(name === undefined ? 'which command?' : `no ${name}`);
  if (more.length > 0) throw usage('one pack at a time');
  if (command === 'check' && pack === undefined) throw usage('which pack?');
  if (command === 'convert' && pack === undefined) throw usage('which file?');
  return { command, pack, data: values.data, yes: values.yes };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        yes: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(message: string): InvalidInput {
  return new InvalidInput('PACK_USAGE', `${message}\n\n${USAGE}\n`);
}
