import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';
import { signature } from '../src/sending/webhook.ts';

type Posted = {
  readonly to: string;
  readonly messages: readonly { readonly id: string; readonly text: string }[];
};

/** A receiver over HTTP that believes nobody: what is not signed, or signed long ago, it refuses. */
export async function httpReceiver(secret: string) {
  const got: Posted[] = [];
  const codes: number[] = [];
  let answers: readonly number[] = [];
  let delayMs = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { headers } = request;
      const timestamp = String(headers['x-cityloop-timestamp']);
      const fresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) < 60;
      const signed = headers['x-cityloop-signature'] === signature(secret, timestamp, body);
      const [next, ...rest] = answers;
      answers = rest;
      const code = fresh && signed ? (next ?? 204) : 401;
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      codes.push(code);
      // Our own sender's words.
      if (code === 204) got.push(JSON.parse(body) as Posted);
      response.writeHead(code).end();
    })();
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port; // it listens by TCP
  };
  const port = await listen(0);
  const down = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  onTestFinished(async () => {
    if (server.listening) await down();
  });
  return {
    url: `http://127.0.0.1:${port}/notices`,
    got,
    codes,
    /** What it answers next, one after the other; then 204 again. */
    answer(...next: readonly number[]): void {
      answers = next;
    },
    slow(ms: number): void {
      delayMs = ms;
    },
    down,
    up: () => listen(port),
  };
}

type Mail = { readonly to: readonly string[]; readonly source: string };

/** A mail server without TLS or names, which can refuse people. */
export async function smtpReceiver(refuses: (address: string) => number | undefined) {
  const mails: Mail[] = [];
  const passwords: unknown[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth({ username, password }, _session, callback) {
      passwords.push(password);
      callback(null, { user: username });
    },
    onRcptTo({ address }, _session, callback) {
      const code = refuses(address);
      if (code === undefined) callback();
      else callback(Object.assign(new Error(`no <${address}> here`), { responseCode: code }));
    },
    onData(stream, session, callback) {
      void text(stream).then((source) => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), source });
        callback();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => void server.close(resolve)));
  const { port } = listening.address() as AddressInfo; // it listens by TCP
  return { url: `smtp://127.0.0.1:${port}`, mails, passwords };
}

/** The text of a mail as a person reads it. */
export function readable({ source }: Mail): { readonly subject: string; readonly body: string } {
  const [head = '', body = ''] = source.split('\r\n\r\n');
  const subject = /^Subject: ((?:.|\r\n )*)/m.exec(head)?.[1] ?? '';
  const words = subject
    .replaceAll(/\?=\r\n =\?UTF-8\?[BQ]\?/g, '')
    .replace(/=\?UTF-8\?B\?(.*)\?=/, (_, code: string) => Buffer.from(code, 'base64').toString());
  const isBase64 = /^Content-Transfer-Encoding: base64/im.test(head);
  return { subject: words, body: isBase64 ? Buffer.from(body, 'base64').toString() : body };
}
