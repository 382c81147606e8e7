import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testServer } from '@cityloop/servers/testing';
import { Kafka, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const { address, prefix } = await testServer('kafka');
const topic = `${prefix}incidents`;
const example = fileURLToPath(new URL('../examples/consumer.mjs', import.meta.url));
const recordings = new URL('../../contracts/recordings/', import.meta.url);

const Told = z.object({ subject: z.string(), sequence: z.coerce.number(), custodian: z.string() });
const lines = readdirSync(recordings)
  .filter((name) => name.endsWith('.ndjson'))
  .flatMap((name) => readFileSync(new URL(name, recordings), 'utf8').trimEnd().split('\n'));

/** Who holds each incident after its last event. */
function holders(): string[] {
  const last = new Map<string, z.infer<typeof Told>>();
  for (const event of lines.map((line) => Told.parse(JSON.parse(line)))) {
    const known = last.get(event.subject);
    if (known === undefined || known.sequence < event.sequence) last.set(event.subject, event);
  }
  return [...last.values()].map(({ custodian }) => custodian);
}

async function publish(texts: readonly string[]): Promise<void> {
  const kafka = new Kafka({ brokers: address.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 12 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: false });
  await producer.connect();
  const headers = { 'content-type': 'application/cloudevents+json' };
  const messages = texts.map((value) => {
    const { subject } = Told.parse(JSON.parse(value));
    return { key: subject, value, headers };
  });
  await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();
}

describe('the dashboard of docs/consumers.md', () => {
  beforeAll(async () => {
    // The first ones come again, and a type nobody knows yet comes with them.
    const [first = ''] = lines;
    const unknown = first.replace('.v1"', '.v2"');
    await publish([...lines, ...lines.slice(0, 20), unknown]);
  });

  it('counts each incident once, at the stage that holds it, however often events come', async () => {
    const args = ['--no-warnings', example, address, '--topic', topic, '--once'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
    const held = holders();
    expect(stdout).toContain(`${held.length} incidents`);
    for (const stage of new Set(held)) {
      const count = held.filter((one) => one === stage).length;
      expect(stdout).toMatch(new RegExp(`^  ${stage} +${count}$`, 'm'));
    }
    const open = held.filter((stage) => stage !== 'archive').length;
    const centres = [...stdout.matchAll(/^ {2}\d+ +(\d+)$/gm)].map(([, count]) => Number(count));
    expect(centres.reduce((sum, count) => sum + count, 0)).toBe(open);
  });
});
