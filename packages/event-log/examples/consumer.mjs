/**
 * A dashboard with nothing but kafkajs: how many incidents each stage has, and the open ones of each
 * centre. Uses no code of CityLoop; docs/consumers.md says what it relies on.
 *
 *   node packages/event-log/examples/consumer.mjs [host:port[,host:port]] [--topic NAME] [--once]
 *
 * Goes on until it is stopped; with --once it ends when it has read what was there as it began.
 */
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';

const HEAD = /^\{"type":"cn\.cityloop\.([a-z]+)\.([a-z-]+)\.v1","custodian":"([a-z]+)"/;
/** Facts besides hand-overs that move an incident from centre to centre. */
const MOVES = new Set(['reported', 'transferred', 'passed-down', 'escalated', 'taken-up']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    once: { type: 'boolean', default: false },
    topic: { type: 'string', default: 'cityloop.incidents.v1' },
  },
});
const { topic, once } = values;
const [brokers = '127.0.0.1:9092'] = positionals;

const incidents = new Map();
const seen = { records: 0, parsed: 0, repeated: 0 };

/** Looks at the first bytes, and parses only what changes the picture. */
function take(bytes) {
  seen.records += 1;
  const head = HEAD.exec(bytes.toString('latin1', 0, 120));
  // A type or version this program does not know: not for it.
  if (head === null) return;
  const [, stage, fact, custodian] = head;
  if (custodian === stage && !MOVES.has(fact)) return;
  seen.parsed += 1;
  apply(JSON.parse(bytes.toString()), custodian);
}

/** At least once and in order within an incident: what is not newer than what we have is a repeat. */
function apply({ subject, sequence, data }, custodian) {
  const version = Number(sequence);
  const known = incidents.get(subject);
  if (known !== undefined && version <= known.version) {
    seen.repeated += 1;
    return;
  }
  const whole = data.dossier ?? data.incident;
  const centre = whole?.centreId ?? data.toCentreId ?? known?.centre ?? 'unknown';
  incidents.set(subject, { version, custodian, centre });
}

function count(items) {
  const counts = new Map();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function show() {
  const all = [...incidents.values()];
  const open = all.filter(({ custodian }) => custodian !== 'archive');
  const lines = [
    `${all.length} incidents (${seen.records} records, ${seen.parsed} parsed, ${seen.repeated} repeated)`,
    ...count(all.map(({ custodian }) => custodian)).map(
      ([stage, n]) => `  ${stage.padEnd(14)}${n}`,
    ),
    'open, by centre',
    ...count(open.map(({ centre }) => centre)).map(([centre, n]) => `  ${centre.padEnd(14)}${n}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const kafka = new Kafka({
  clientId: 'example-dashboard',
  brokers: brokers.split(','),
  logLevel: logLevel.ERROR,
});

/** For each partition with records the offset of the last one there is now. */
async function lastOffsets() {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return new Map(
    offsets
      .filter(({ low, high }) => BigInt(high) > BigInt(low))
      .map(({ partition, high }) => [partition, BigInt(high) - 1n]),
  );
}

const awaited = await lastOffsets();
// What it counts is in memory, so each run reads from the beginning in a group of its own.
const consumer = kafka.consumer({ groupId: `example-dashboard-${Date.now()}-${process.pid}` });
let showing;

async function stop() {
  clearInterval(showing);
  await consumer.disconnect();
  show();
}

if (once && awaited.size === 0) show();
else {
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      if (message.value !== null) take(message.value);
      const last = awaited.get(partition);
      if (last === undefined || BigInt(message.offset) < last) return;
      awaited.delete(partition);
      // Not awaited: a consumer cannot stop while it waits for its own handler.
      if (once && awaited.size === 0) void stop();
    },
  });
  if (!once) {
    showing = setInterval(show, 5_000);
    process.once('SIGINT', () => void stop());
  }
}
