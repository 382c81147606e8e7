import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type KafkaServer, makeTempFolder, startKafka } from '@cityloop/servers';
import { ownServers } from '@cityloop/servers/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type KafkaCredentials, kafkaEventLog } from '../src/index.ts';
import { numbered, startReader } from '../src/testing/index.ts';

await ownServers('kafka');

const PASSWORD = 'a-secret-of-this-test';
const parts = new AsyncDisposableStack();
let kafka: KafkaServer;
let ca: string;

/** A certificate that only who is told of it will trust. */
async function selfSigned(folder: string): Promise<{ pem: string; cert: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=test',
  ];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [...request, ...names, '-keyout', key, '-out', cert]);
  const pem = join(folder, 'both.pem');
  await writeFile(pem, (await readFile(key, 'utf8')) + (await readFile(cert, 'utf8')));
  return { pem, cert: await readFile(cert, 'utf8') };
}

beforeAll(async () => {
  const folder = parts.use(await makeTempFolder('access'));
  const { pem, cert } = await selfSigned(folder.path);
  ca = cert;
  const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required';
  kafka = parts.use(
    await startKafka({
      scramUsers: { scram: PASSWORD },
      settings: {
        'listener.security.protocol.map': 'CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,QUORUM:PLAINTEXT',
        'listener.name.client.ssl.keystore.type': 'PEM',
        'listener.name.client.ssl.keystore.location': pem,
        'listener.name.client.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
        'listener.name.client.plain.sasl.jaas.config': `${plain} user_plain="${PASSWORD}";`,
        'listener.name.client.scram-sha-512.sasl.jaas.config': `${scram};`,
      },
    }),
  );
});

afterAll(() => parts.disposeAsync());

function logOf(sasl: KafkaCredentials) {
  const log = kafkaEventLog({
    brokers: [kafka.brokers],
    clientId: 'test',
    prefix: `${sasl.mechanism}.`,
    tls: { ca },
    sasl,
  });
  onTestFinished(() => log[Symbol.asyncDispose]());
  return log;
}

describe('a Kafka that lets nobody in unknown, and nothing be read on the way', () => {
  it.each([
    { mechanism: 'plain', username: 'plain', password: PASSWORD },
    { mechanism: 'scram-sha-512', username: 'scram', password: PASSWORD },
  ] as const)('carries the log by $mechanism', async (sasl) => {
    const log = logOf(sasl);
    await log.ensureTopics();
    await log.publish('again', numbered('a', 1, 20));
    const reader = await startReader(log);
    await reader.has(20);
    expect(reader.bodies()).toEqual(numbered('a', 1, 20).map(({ body }) => body));
  });

  it('refuses who does not know the password', async () => {
    const stranger = logOf({ mechanism: 'plain', username: 'plain', password: 'a guess' });
    await expect(stranger.check()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});
