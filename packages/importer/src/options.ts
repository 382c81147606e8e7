import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';

/** What the command line asks for. */
export type Options = {
  readonly file: string;
  readonly map: string;
  readonly url: string;
  readonly person: string;
  readonly drive: boolean;
  /** What is open at the end of its record is watched from then on. */
  readonly goLive: boolean;
  readonly again: boolean;
  /** Folder of the rejected records and the journal; beside the file unless told. */
  readonly out?: string | undefined;
  readonly rate?: number | undefined;
  readonly batch: number;
  readonly connections: number;
  readonly window: number;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run import -- FILE --map MAP.yaml [options]

  FILE             CSV or NDJSON, gzipped or not
  --map MAP        the mapping file: which column becomes what
  --url URL        the server (http://127.0.0.1:8080)
  --person ID      sign in as this person of its pack, with the role admin (importer);
                   or set CITYLOOP_TOKEN
  --drive          also play the later steps of each record, at the record's own times
  --go-live        what is open at the end of its record is watched from then on
  --out DIR        where FILE.rejected.ndjson and FILE.import.json go (beside FILE)
  --again          begin anew, although an earlier run has come this far
  --rate N         records a second, at most
  --batch N        lines in one request (500)
  --connections N  requests at once (4)
  --window N       records under way at once (4000)`;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        map: { type: 'string' },
        url: { type: 'string', default: 'http://127.0.0.1:8080' },
        person: { type: 'string', default: 'importer' },
        drive: { type: 'boolean', default: false },
        'go-live': { type: 'boolean', default: false },
        again: { type: 'boolean', default: false },
        out: { type: 'string' },
        rate: { type: 'string' },
        batch: { type: 'string' },
        connections: { type: 'string' },
        window: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function usage(message: string): InvalidInput {
  return new InvalidInput('IMPORT_USAGE', `${message}\n\n${USAGE}\n`);
}

/** Throws `InvalidInput` `IMPORT_USAGE` when the arguments make no sense; undefined asks for help. */
export function readOptions(args: readonly string[]): Options | undefined {
  const { positionals, values } = parse(args);
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined) throw usage('which file?');
  if (more.length > 0) throw usage('one file at a time');
  if (values.map === undefined) throw usage('which mapping? say --map MAP.yaml');
  return {
    file,
    map: values.map,
    url: checkedUrl(values.url),
    person: values.person,
    drive: values.drive,
    goLive: values['go-live'],
    again: values.again,
    out: values.out,
    rate: values.rate === undefined ? undefined : whole('rate', values.rate, 1, 1_000_000),
    batch: whole('batch', values.batch ?? '500', 1, 5_000),
    connections: whole('connections', values.connections ?? '4', 1, 64),
    window: whole('window', values.window ?? '4000', 1, 100_000),
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw usage(`--${name} takes a whole number from ${least} to ${most}, not “${text}”`);
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw usage(`--url takes an http address, not “${text}”`);
}
