import { Pool } from 'undici';
import type { LoopArm } from '../arm.ts';
import type { Incident } from '../incident.ts';
import { type OurCluster, startOurCluster } from './cluster.ts';
import { createDesk, type Desk } from './desk.ts';
import { REPORTER, reportOf, STEPS } from './journey.ts';
import { type Progress, watchProgress } from './progress.ts';
import { signIn } from './report-request.ts';
import { eachLimited, UNDER_WAY } from './under-way.ts';

const CONNECTIONS = 128;

/** The desks an incident passes, in order: who sends what of it. */
type Post = { readonly desk: Desk; line(incident: Incident, id: string): object };

/** Signs everybody in; each step is sent by whoever does it in the demo district. */
async function postsOf(url: string, pool: Pool): Promise<readonly Post[]> {
  const desk = async (person: string): Promise<Desk> => createDesk(pool, await signIn(url, person));
  const first: Post = {
    desk: await desk(REPORTER),
    line: (incident) => ({ key: incident.id, ...reportOf(incident) }),
  };
  const others = STEPS.map(
    async ({ person, verb, body }): Promise<Post> => ({
      desk: await desk(person),
      line: (incident, id) => ({ key: `${incident.id}/${verb}`, id, command: verb, body }),
    }),
  );
  return [first, ...(await Promise.all(others))];
}

/**
 * The product with everything on, its services as processes on Kafka, Redis and Postgres of this
 * machine. This process is the people: it sends their reports and commands to the gateway, each when the
 * one before was answered, and every answer is durable.
 */
export function oursOnKafka(): LoopArm {
  const parts = new AsyncDisposableStack();
  let posts: readonly Post[] = [];
  let cluster: OurCluster | undefined;
  let progress: Progress | undefined;
  let report: (id: string) => void = () => {};
  let events = 0;
  const versions: string[] = [];

  async function carry(incident: Incident): Promise<void> {
    let now = { id: '', version: 0 };
    for (const { desk, line } of posts) now = await desk.give(line(incident, now.id));
    events += now.version;
    report(incident.id);
  }

  return {
    servers: () => versions,
    processes: () =>
      new Map([...(cluster?.processes() ?? []), [process.pid, 'people (the driver)']]),

    async start(done) {
      report = done;
      cluster = parts.use(await startOurCluster());
      progress = parts.use(watchProgress(cluster.databaseUrl));
      versions.push(`Postgres ${await progress.version()}`, 'Kafka', 'Redis');
      const pool = new Pool(cluster.url, { connections: CONNECTIONS, pipelining: 1 });
      parts.adopt(pool, (open) => open.destroy());
      posts = await postsOf(cluster.url, pool);
    },

    submit: (incidents) => eachLimited(incidents, UNDER_WAY, carry),
    drained: async () => progress?.reached(events),
    stepsDone: async () => events,
    async stop() {
      const again = posts.reduce((sum, { desk }) => sum + desk.again, 0);
      if (again > 0) console.log(`  (${again} commands were turned away for a moment)`);
      await parts.disposeAsync();
    },
  };
}
