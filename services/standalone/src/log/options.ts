import { parseArgs } from 'node:util';
import { InvalidInput } from '@cityloop/kernel';

/** What the command line of `log` asks for. */
export type LogOptions = {
  readonly command: 'refill' | 'move' | 'missing';
  readonly to: 'kafka' | 'database' | undefined;
  readonly days: number;
  readonly data: string | undefined;
  /** Folder of a gateway's receipts. */
  readonly receipts: string | undefined;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run log -- COMMAND [options]

  refill                    gives the topics again what Kafka has lost: events from ledger and outboxes,
                            the policy from the district; readers drop what they had. May run beside the services
  move --to kafka|database  carries the log of a stopped system from its database to Kafka, or back; checked
                            word for word before anything is dropped
  missing --receipts DIR    after a restore: what the gateways answered and nobody has recorded, from their receipts
                            (folder "receipts" of a gateway's CITYLOOP_DATA); once the services are at rest

  --days N     refill: how far back, 30 unless told (the topics keep no more)
  --data DIR   the data folder of the stopped product (DATABASE_URL, else CITYLOOP_DATA, else ./data)

  KAFKA_BROKERS (and KAFKA_PREFIX, KAFKA_TLS, KAFKA_SASL …) say where Kafka is, as for the services.
  exit code: 0 done, 1 answers are missing, 2 it did not work, and nothing was changed in the database`;

/** Throws `InvalidInput` `LOG_USAGE` when the arguments make no sense; undefined asks for help. */
export function readOptions(args: readonly string[]): LogOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [command, ...more] = positionals;
  const days = Number(values.days);
  if (command !== 'refill' && command !== 'move' && command !== 'missing') {
    throw usage(`no command ${command ?? ''}`);
  }
  if (more.length > 0) throw usage('one command at a time');
  if (!Number.isInteger(days) || days < 1) throw usage('--days is a whole number from 1 on');
  const to = destinationIn(values.to);
  if (command === 'move' && to === undefined) throw usage('move --to kafka, or --to database?');
  if (command === 'missing' && values.receipts === undefined) throw usage('missing --receipts DIR');
  return { command, to, days, data: values.data, receipts: values.receipts };
}

function destinationIn(to: string | undefined): LogOptions['to'] {
  if (to === undefined || to === 'kafka' || to === 'database') return to;
  throw usage(`--to is kafka or database, not ${to}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        days: { type: 'string', default: '30' },
        data: { type: 'string' },
        receipts: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

const usage = (reason: string): InvalidInput =>
  new InvalidInput('LOG_USAGE', `${reason}\n\n${USAGE}\n`);
