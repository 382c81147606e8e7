import { createTransport } from 'nodemailer';
import type { Bundle } from '../store/outbox.ts';
import { type Deliver, NotDelivered } from './deliver.ts';

const TIMEOUT_MS = 10_000;

/** Sends bundles by mail over SMTP, to the address the pack has of a person; it is kept nowhere else. */
export function email(options: {
  /** `smtp://user:password@host:port`, which goes by STARTTLS or not at all when it has a user, or `smtps://…` by TLS from the start. */
  readonly url: string;
  readonly from: string;
  readonly timeoutMs?: number;
}): Deliver {
  const { url, from, timeoutMs = TIMEOUT_MS } = options;
  const timeouts = {
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  };
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 2,
    // Nobody in between can have the password by saying that there is no TLS.
    ...(wantsTls(url) ? { requireTLS: true } : {}),
    ...timeouts,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '');
  return {
    reaches: (person) => person.email !== undefined,
    async send(bundle, person) {
      if (person.email === undefined) throw new NotDelivered('NO_ADDRESS');
      const [first] = bundle.messages;
      try {
        await transport.sendMail({
          from,
          to: person.email,
          subject: subjectOf(bundle),
          text: `${bundle.messages.map(({ text }) => text).join('\n\n')}\n`,
          messageId: `<${first?.id ?? ''}@${domain}>`,
          headers: { 'auto-submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } catch (error) {
        // What the server said may name the address.
        throw new NotDelivered(codeOf(error));
      }
    },
    close: () => transport.close(),
  };
}

function wantsTls(url: string): boolean {
  const { protocol, username } = new URL(url);
  return protocol !== 'smtps:' && username !== '';
}

function subjectOf({ messages }: Bundle): string {
  const [first] = messages;
  if (first === undefined) return '';
  return messages.length === 1 ? first.title : `${first.title} 等 ${messages.length} 条`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'SMTP_FAILED';
  if ('responseCode' in error && typeof error.responseCode === 'number') {
    return `SMTP_${error.responseCode}`;
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : 'SMTP_FAILED';
}
