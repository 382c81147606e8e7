import type { Incident, IncidentEvent } from '@cityloop/contracts';
import type { EventLog, Stored } from '@cityloop/event-log';
import type { Logger } from '@cityloop/runtime';
import type { Histories } from './replay.ts';
import { type PictureRow, pictureOf } from './row.ts';
import { createStates } from './states.ts';

type Listen = (event: IncidentEvent, after: Incident, position: number) => void;

export type Live = AsyncDisposable & {
  /** Tells of each event with the state after it, in log order; may tell one twice. */
  onEvent(listen: Listen): () => void;
  /** How far it has told: what lies behind will be told. */
  position(): number;
  /** The row of an incident that is in memory, as fresh as the stream; undefined does not mean none. */
  row(incidentId: string): PictureRow | undefined;
};

/**
 * Follows the log in memory, in every process whether or not it is the one that writes the picture: what
 * people are shown at once is as fresh wherever they are connected.
 */
export async function startLive(options: {
  readonly log: EventLog;
  readonly logger: Logger;
  readonly histories: Histories;
  readonly from: readonly Stored[];
  /** The first listener, who misses nothing. */
  readonly listen: Listen;
}): Promise<Live> {
  const states = createStates(options.histories, options.logger);
  const listeners = new Set([options.listen]);
  let from = options.from;
  const reader = await options.log.subscribe({
    topic: 'incidents',
    from: async () => from,
    async onBatch(records) {
      for (const { event, after, position } of await states.take(records)) {
        for (const listen of listeners) listen(event, after, position);
        from = [{ partition: 0, position, eventId: event.id }];
      }
    },
  });
  return {
    onEvent(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    position: () => from[0]?.position ?? 0,
    row(incidentId) {
      const state = states.get(incidentId);
      return state === undefined ? undefined : pictureOf(state);
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}
