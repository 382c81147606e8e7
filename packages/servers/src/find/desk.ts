import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf, type ServerFinder } from './find.ts';
import { serverKinds } from './server-kind.ts';

/** Where the processes of one test run ask for servers, so that each is started when it is needed. */
export type ServerDesk = AsyncDisposable & { readonly url: string };

/** What the desk answers. */
export type Answer = { readonly address: string } | { readonly missing: string };

async function answerTo(url: string | undefined, finder: ServerFinder): Promise<Answer> {
  const kind = serverKinds.find((each) => url === `/${each}`);
  if (kind === undefined) return { missing: `there is no server ${url}` };
  return finder.find(kind).then(
    ({ address }) => ({ address }),
    (error: unknown) => ({ missing: `${kind} is not there: ${reasonOf(error)}` }),
  );
}

/** Opens a desk on the loopback: `GET /kafka` answers when Kafka is there, or why it is not. */
export async function openDesk(finder: ServerFinder): Promise<ServerDesk> {
  const desk = createServer((request, response) => {
    // It never rejects: an absence is an answer.
    void answerTo(request.url, finder).then((answer) => response.end(JSON.stringify(answer)));
  });
  desk.listen(0, '127.0.0.1');
  await once(desk, 'listening');
  return {
    url: `http://127.0.0.1:${(desk.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      desk.close();
      desk.closeAllConnections();
      await finder[Symbol.asyncDispose]();
    },
  };
}
