import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Unavailable } from '@cityloop/kernel';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('../../../../infra/kafka/pom.xml', import.meta.url));
const JAVA_MIN = 17;
const INSTALL = `install a Java ${JAVA_MIN} runtime and Maven (Debian: apt install openjdk-17-jre-headless maven) or give the address of a Kafka`;

const missing = (what: string, cause?: unknown): Unavailable =>
  new Unavailable(
    'KAFKA_NOT_INSTALLED',
    `Kafka cannot run here: ${what}; ${INSTALL}`,
    {},
    { cause },
  );

/** Rejects with `Unavailable` `KAFKA_NOT_INSTALLED` where there is no Java that can run the broker. */
export async function checkJava(): Promise<void> {
  const said = await run('java', ['-version']).catch((cause: unknown) => {
    throw missing('there is no java', cause);
  });
  const major = Number(/version "(\d+)/.exec(said.stderr)?.[1] ?? Number.NaN);
  if (major < JAVA_MIN) throw missing(`java is ${major}, ${JAVA_MIN} is the oldest that will do`);
}

let found: Promise<string> | undefined;

/**
 * The folder of the broker's jars: outside the checkout, made once a user and version of the pom (45 MB;
 * 4 s, and the network where Maven has not got them). Rejects with `KAFKA_NOT_INSTALLED` without Maven
 * and with `KAFKA_JARS` when it fails.
 */
export function kafkaJars(): Promise<string> {
  found ??= findJars().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function findJars(): Promise<string> {
  const pom = await readFile(POM);
  const version = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const folder = join(tmpdir(), `cityloop-kafka-${version}-${process.getuid?.() ?? 0}`);
  const there = await lstat(folder).catch(() => undefined);
  if (there === undefined) await makeJars(folder);
  // Programs of somebody else would run as us.
  else if (!there.isDirectory() || there.uid !== process.getuid?.())
    throw new Unavailable('KAFKA_JARS', `${folder} is not this user's: take it away`);
  return folder;
}

/** Several at once each make one, and the first to be done wins. */
async function makeJars(folder: string): Promise<void> {
  const half = await mkdtemp(`${folder}.new-`);
  const args = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  try {
    await run('mvn', [...args, `-DoutputDirectory=${half}`], { cwd: half });
    await rename(half, folder).catch(async (error: unknown) => {
      if ((await lstat(folder).catch(() => undefined)) === undefined) throw error;
    });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw missing('there is no mvn', cause);
    throw new Unavailable(
      'KAFKA_JARS',
      `Maven did not get Kafka: ${reasonOf(cause)}`,
      {},
      { cause },
    );
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

function reasonOf(error: unknown): string {
  const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error);
  const line = said.split('\n').find((text) => text.includes('[ERROR]'));
  return (line ?? said).replace(/\S*\[ERROR\]\S*\s*/, '').slice(0, 300);
}
