import type { DistrictPack, Incident } from '@cityloop/contracts';
import type { Policy } from '@cityloop/incident';
import { type Directory, directoryOf, type OnDuty } from './domain/directory.ts';
import { type Channel, type Looked, look } from './domain/look.ts';
import { editionOf } from './edition.ts';
import type { Fired, Watched, WatchedStore } from './store/watched.ts';

/** How often it is looked for what has come due, ms; sooner when a mark is read. */
const ROUND_MS = 400;
const BATCH = 200;
/** An incident that could not be looked at is left alone for so long, s. */
const REST_S = 2;

export type Climber = AsyncDisposable & {
  /** Looks at once instead of at the next round. */
  wake(): void;
  /** Milliseconds since it last got on. */
  silentMs(): number;
};

export type ClimberOptions = {
  readonly store: WatchedStore;
  /** The incident as its holder has it; undefined when nobody knows it. Throws while that cannot be told. */
  readonly holder: (incidentId: string) => Promise<Incident | undefined>;
  readonly policies: {
    current(): Policy;
    pack(): DistrictPack;
    onChange(listen: () => void): () => void;
  };
  channelsOf(personId: string, directory: Directory): readonly Channel[];
  readonly onDuty: (policy: Policy, nowMs: number) => OnDuty;
  fired(rungs: readonly Fired[]): void;
  onFailure(error: unknown): void;
};

/**
 * Looks at what has come due, by the due column's index, and enters what it came to. Several processes may do so:
 * the first to enter a look wins, and the other looks again.
 */
export function startClimber(options: ClimberOptions): Climber {
  const { store, policies } = options;
  const stop = new AbortController();
  let wake: () => void = () => undefined;
  let woken = false;
  let gotOnMs = performance.now();
  let directory: { readonly pack: DistrictPack; readonly of: Directory } | undefined;

  async function lookedAt(
    row: Watched,
    world: Parameters<typeof look>[3],
  ): Promise<{ readonly row: Watched; readonly looked?: Looked }> {
    try {
      const incident = await options.holder(row.incidentId);
      return { row, looked: look(row.clocks, incident, row.version, world) };
    } catch (error) {
      options.onFailure(error);
      return { row };
    }
  }

  /** Whether there may be more. */
  async function round(): Promise<boolean> {
    const { nowMs, rows } = await store.due(BATCH);
    if (rows.length === 0) return false;
    const policy = policies.current();
    const pack = policies.pack();
    if (directory?.pack !== pack) directory = { pack, of: directoryOf(pack) };
    const { of } = directory;
    const world = { policy, directory: of, onDuty: options.onDuty(policy, nowMs), nowMs };
    const looks = await Promise.all(rows.map((row) => lookedAt(row, world)));
    const fired = await store.climbed(
      looks.flatMap(({ row, looked }) => (looked === undefined ? [] : [{ row, looked }])),
      {
        edition: editionOf(pack),
        channelsOf: (personId) => options.channelsOf(personId, of),
      },
    );
    const failed = looks.filter(({ looked }) => looked === undefined);
    if (failed.length > 0) {
      await store.postpone(
        failed.map(({ row }) => row.incidentId),
        REST_S,
      );
    }
    if (fired.length > 0) options.fired(fired);
    return rows.length === BATCH;
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      woken = false;
      let more = false;
      try {
        more = await round();
        gotOnMs = performance.now();
      } catch (error) {
        options.onFailure(error);
      }
      if (more || woken || stop.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ROUND_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  const renewed = (): void => {
    store.renew(editionOf(policies.pack())).then(() => wake(), options.onFailure);
  };
  renewed();
  const unfollow = policies.onChange(renewed);
  const running = run();
  return {
    wake() {
      woken = true;
      wake();
    },
    silentMs: () => performance.now() - gotOnMs,
    async [Symbol.asyncDispose]() {
      unfollow();
      stop.abort();
      wake();
      await running;
    },
  };
}
