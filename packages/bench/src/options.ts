import { parseArgs } from 'node:util';

/** What can be measured. */
export const benches = ['loop', 'latency', 'intake', 'memory', 'idle', 'timers', 'clocks'] as const;
export type Bench = (typeof benches)[number];

/** How ours runs: in one process on Postgres, or as processes on Kafka, Redis and Postgres. */
const modes = ['embedded', 'kafka'] as const;
export type Mode = (typeof modes)[number];

/** What the command line asks for. */
export type Options = {
  readonly bench: Bench;
  readonly mode: Mode;
  readonly rounds: number;
  /** Incidents an arm and round of `loop`. */
  readonly incidents: number;
  /** Armed by an arm and round of `timers`. */
  readonly timers: number;
  /** Open clocks of `clocks`. */
  readonly clocks: number;
  /** Seconds an arm and rate of `latency`, or an arm of `intake`. */
  readonly seconds: number;
  /** Short names of the arms; all when empty. */
  readonly arms: readonly string[];
  readonly profileTo?: string;
};

/** What to say to who asks for something else. */
export const USAGE = `npm run bench -- <loop|latency|intake|memory|idle|timers|clocks> [options]

  loop      throughput of the whole loop, ours beside the peers and what SQL alone allows
  latency   time of the whole loop at 50 and 500 incidents a second
  intake    durable intake over HTTP, 64 connections
  memory    idle memory, cold start and restart of the whole
  idle      processor and memory of all processes of the cluster when nothing happens
  timers    many deadlines armed in Redis: memory, arming, cancelling, lateness, restart
  clocks    all open clocks planned anew when a calendar is revised

  --mode kafka    loop, latency: ours as processes on Kafka, Redis and Postgres (embedded)
  --rounds N      rounds, interleaved (3)
  --incidents N   loop: incidents an arm and round (20000)
  --timers N      timers: armed by an arm and round (200000)
  --clocks N      clocks: open clocks (1000000)
  --seconds N     latency, intake, idle: seconds of each measurement (15, 10 and 30)
  --arms a,b      only these arms, by their short names
  --profile DIR   writes CPU profiles of our arm there`;

/** The command line is not one of ours; the message says what is wrong with it. */
export class UsageError extends Error {}

const DEFAULT_SECONDS: Readonly<Record<Bench, number>> = {
  loop: 0,
  latency: 15,
  intake: 10,
  memory: 10,
  idle: 30,
  timers: 0,
  clocks: 0,
};

const isBench = (word: string | undefined): word is Bench =>
  benches.some((bench) => bench === word);

function modeOf(text: string | undefined, bench: Bench): Mode {
  if (text === undefined) return 'embedded';
  const mode = modes.find((one) => one === text);
  if (mode === undefined) throw new UsageError(`--mode takes ${modes.join(' or ')}, not "${text}"`);
  if (bench === 'loop' || bench === 'latency') return mode;
  throw new UsageError(`--mode is for loop and latency, not for ${bench}`);
}

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name} takes a whole number from 1, not "${text}"`);
  return value;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        mode: { type: 'string' },
        rounds: { type: 'string' },
        incidents: { type: 'string' },
        timers: { type: 'string' },
        clocks: { type: 'string' },
        seconds: { type: 'string' },
        arms: { type: 'string' },
        profile: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function profileOf(folder: string | undefined, mode: Mode): { readonly profileTo?: string } {
  if (folder === undefined) return {};
  if (mode === 'embedded') return { profileTo: folder };
  throw new UsageError('--profile is for what runs in one process');
}

/** Throws `UsageError` when the arguments make no sense. */
export function readOptions(args: readonly string[]): Options {
  const { positionals, values } = parse(args);
  const [bench, ...more] = positionals;
  if (!isBench(bench) || more.length > 0) throw new UsageError(`say one of ${benches.join(', ')}`);
  const mode = modeOf(values.mode, bench);
  return {
    bench,
    mode,
    rounds: positive('rounds', values.rounds, 3),
    incidents: positive('incidents', values.incidents, 20_000),
    timers: positive('timers', values.timers, 200_000),
    clocks: positive('clocks', values.clocks, 1_000_000),
    seconds: positive('seconds', values.seconds, DEFAULT_SECONDS[bench]),
    arms: values.arms?.split(',').filter((name) => name !== '') ?? [],
    ...profileOf(values.profile, mode),
  };
}

/** The chosen ones of `all`, in its order. Throws `UsageError` on a name it does not have. */
export function chooseArms<Name extends string>(
  all: Readonly<Record<Name, unknown>>,
  chosen: readonly string[],
  isName: (word: string) => word is Name,
): readonly Name[] {
  const names = Object.keys(all).filter(isName);
  const unknown = chosen.find((name) => !isName(name));
  if (unknown !== undefined)
    throw new UsageError(`there is no arm "${unknown}", only ${names.join(', ')}`);
  return chosen.length === 0 ? names : names.filter((name) => chosen.includes(name));
}
