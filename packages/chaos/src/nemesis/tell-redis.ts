import { connect } from 'node:net';

/** Gives Redis one command by its unix socket; rejects when it does not say OK. */
export async function tellRedis(path: string, command: string): Promise<void> {
  const socket = connect(path);
  try {
    socket.write(`${command}\r\n`);
    for await (const chunk of socket) {
      if (String(chunk).startsWith('+OK')) return;
      throw new Error(`Redis answers ${command} with ${String(chunk).trimEnd()}`);
    }
    throw new Error(`Redis does not answer ${command}`);
  } finally {
    socket.destroy();
  }
}
