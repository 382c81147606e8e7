import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { InvalidInput } from '@cityloop/kernel';
import { Agent, request } from 'undici';
import { type Deliver, NotDelivered } from './deliver.ts';

export type WebhookOptions = {
  readonly url: string;
  readonly secret: string;
  /** Whether it may lie in a private network, or on this machine. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;

const PRIVATE: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 96, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];
const privateNets = new BlockList();
for (const [net, prefix, family] of PRIVATE) privateNets.addSubnet(net, prefix, family);

/** Whether an address is nobody's on the open network, whichever way it is written. */
export function isPrivate(address: string): boolean {
  return privateNets.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** What a receiver compares: HMAC-SHA256 over the time and the body, in hex. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/**
 * Posts bundles as JSON to one receiver of the city, signed: `x-cityloop-signature` over
 * `x-cityloop-timestamp`, a dot and the body. Each message has an id by which a repeat is known.
 *
 * @throws InvalidInput `WEBHOOK_INSECURE` for anything but https, `WEBHOOK_PRIVATE` for an address
 * in a private network, unless private networks are allowed; a name that leads to one is refused at each sending, whatever it led to before
 */
export function webhook(options: WebhookOptions): Deliver {
  const { url, secret, allowPrivate, timeoutMs = TIMEOUT_MS } = options;
  const { protocol, hostname } = new URL(url);
  if (!allowPrivate && protocol !== 'https:') {
    throw new InvalidInput(
      'WEBHOOK_INSECURE',
      'NOTICE_WEBHOOK_URL must be https, unless NOTICE_WEBHOOK_PRIVATE is allowed',
    );
  }
  const host = hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && isPrivate(host)) {
    throw new InvalidInput('WEBHOOK_PRIVATE', 'NOTICE_WEBHOOK_URL lies in a private network');
  }
  const agent = new Agent({
    connections: 4,
    connect: { timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: openLookup }) },
  });
  return {
    reaches: () => true,
    async send({ personId, messages }) {
      const body = JSON.stringify({ to: personId, messages });
      const timestamp = String(Math.floor(Date.now() / 1_000));
      let status: number;
      try {
        // Redirects are not followed: they could lead anywhere.
        const answer = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'cityloop',
            'x-cityloop-delivery': messages[0]?.id ?? '',
            'x-cityloop-timestamp': timestamp,
            'x-cityloop-signature': signature(secret, timestamp, body),
          },
          body,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        await answer.body.dump();
        status = answer.statusCode;
      } catch (error) {
        throw new NotDelivered(codeOf(error));
      }
      if (status >= 300) throw new NotDelivered(`HTTP_${status}`);
    },
    close: () => void agent.destroy(),
  };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'WEBHOOK_FAILED';
}

/** Looks a name up, and takes none of the addresses that lie in a private network. */
const openLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const open = error === null ? addresses.filter(({ address }) => !isPrivate(address)) : [];
    const [first] = open;
    if (error === null && first === undefined) {
      const refused = Object.assign(new Error('private'), { code: 'WEBHOOK_PRIVATE' });
      callback(refused, '', 0);
    } else if (options.all === true) callback(error, open);
    else callback(error, first?.address ?? '', first?.family ?? 0);
  });
};
