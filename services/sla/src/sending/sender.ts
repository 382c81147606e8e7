import type { PackPerson } from '@cityloop/contracts';
import type { Bundle, Outbox, Way } from '../store/outbox.ts';
import { type Deliver, NotDelivered } from './deliver.ts';

export type Sender = AsyncDisposable & {
  /** Milliseconds since it last got on. */
  silentMs(): number;
};

export type SenderOptions = {
  readonly outbox: Outbox;
  readonly ways: Readonly<Partial<Record<Way, Deliver>>>;
  person(id: string): PackPerson | undefined;
  /** What became of so many messages: sent, to be tried again, given up. */
  told(channel: Way, result: 'sent' | 'failed' | 'dead', amount: number, code?: string): void;
  onFailure(error: unknown): void;
};

const ROUND_MS = 500;
/** Bundles under way at once. */
const AT_ONCE = 10;

/**
 * Brings what is queued to the people, at least once: a message is marked as sent when the receiver has taken
 * it, and one whose sender died is taken up again when its lease is over. Several processes may do so.
 */
export function startSender(options: SenderOptions): Sender {
  const { outbox, ways } = options;
  const stop = new AbortController();
  let gotOnMs = performance.now();
  let wake: () => void = () => undefined;

  async function bring(bundle: Bundle): Promise<void> {
    const ids = bundle.messages.map(({ id }) => id);
    const { channel } = bundle;
    try {
      const way = ways[channel];
      const person = options.person(bundle.personId);
      if (way === undefined) throw new NotDelivered('NO_SUCH_WAY');
      if (person === undefined) throw new NotDelivered('NO_SUCH_PERSON');
      await way.send(bundle, person);
    } catch (error) {
      if (!(error instanceof NotDelivered)) throw error;
      const dead = await outbox.failed(ids, error.code);
      options.told(channel, 'failed', ids.length - dead, error.code);
      options.told(channel, 'dead', dead, error.code);
      return;
    }
    await outbox.sent(ids);
    options.told(channel, 'sent', ids.length);
  }

  /** Whether there may be more. */
  async function round(): Promise<boolean> {
    const bundles = await outbox.claim(AT_ONCE);
    await Promise.all(bundles.map((bundle) => bring(bundle).catch(options.onFailure)));
    return bundles.length === AT_ONCE;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      let more = false;
      try {
        more = await round();
        gotOnMs = performance.now();
      } catch (error) {
        options.onFailure(error);
      }
      if (more || stop.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ROUND_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const running = run();
  return {
    silentMs: () => performance.now() - gotOnMs,
    async [Symbol.asyncDispose]() {
      stop.abort();
      wake();
      await running;
      for (const way of Object.values(ways)) way.close();
    },
  };
}
