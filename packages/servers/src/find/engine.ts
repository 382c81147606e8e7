import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PATIENCE_MS = 500;

/** Where engines listen unless the environment says otherwise. */
function socketsOf(env: NodeJS.ProcessEnv): readonly string[] {
  const own = env.XDG_RUNTIME_DIR === undefined ? [] : [join(env.XDG_RUNTIME_DIR, 'docker.sock')];
  return ['/var/run/docker.sock', ...own, join(homedir(), '.docker', 'run', 'docker.sock')];
}

function takesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PATIENCE_MS, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Whether a container engine is likely to answer; cheap, where loading its client is not. */
export async function engineIsLikely(env: NodeJS.ProcessEnv): Promise<boolean> {
  if ((env.DOCKER_HOST ?? '') !== '') return true;
  const answers = await Promise.all(socketsOf(env).map(takesConnections));
  return answers.includes(true);
}
