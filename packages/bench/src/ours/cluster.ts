import { type Cluster, Config, startCluster } from '@cityloop/cluster';
import { CityLoopError } from '@cityloop/kernel';
import { makeTempFolder } from '@cityloop/servers';
import { ArmUnavailable } from '../arm.ts';

/** The product as `npm run cluster` runs it: its processes and servers, on a folder of its own. */
export type OurCluster = AsyncDisposable & {
  /** Of the gateway. */
  readonly url: string;
  readonly databaseUrl: string;
  /** Of its Node processes, what each is, by process id; servers are told by their programs. */
  processes(): ReadonlyMap<number, string>;
};

/** What these say of a machine that lacks a server. */
const NOT_HERE: ReadonlySet<string> = new Set(['KAFKA_NOT_INSTALLED', 'REDIS_NOT_INSTALLED']);

/** Rejects with `ArmUnavailable` where the machine has no Kafka or no Redis. */
export async function startOurCluster(): Promise<OurCluster> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await makeTempFolder('bench'));
  const config = Config.parse({ PORT: '0', CITYLOOP_DATA: folder.path });
  const cluster: Cluster = parts.use(
    await startCluster(config, { replicas: 1, say: (line) => console.error(line) }).catch(
      (error: unknown) => {
        if (!(error instanceof CityLoopError && NOT_HERE.has(error.code))) throw error;
        throw new ArmUnavailable(error.message, { cause: error });
      },
    ),
  );
  const owned = parts.move();
  return {
    url: cluster.urls[0] ?? '',
    databaseUrl: cluster.servers.databaseUrl,
    processes: () => new Map(cluster.processes.map(({ pid, name }) => [pid, name])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
