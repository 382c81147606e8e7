import type { Scoped } from '@cityloop/incident';
import type { Pictured, Told } from '@cityloop/service';

/** One event on the stream: encoded once, whoever is sent it, and only when somebody is. */
export type Frame = {
  readonly position: number;
  readonly scope: Scoped;
  readonly view: Pictured['view'];
  readonly text: string;
};

/**
 * Words and addresses people wrote, and numbers of other systems, stay out of the stream: it tells
 * what moved, who may read the incident fetches the rest.
 */
const WITHHELD: ReadonlySet<string> = new Set(['description', 'address', 'externalNumber']);

/** Makes the frame of an event when it is first asked for. */
export function lazyFrame(told: Told): () => Frame {
  let source: Told | undefined = told;
  let frame: Frame | undefined;
  return () => {
    if (source !== undefined) {
      const { position, event } = source;
      const { scope, view } = source.pictured();
      frame = { position, scope, view, text: frameText(position, event, view) };
      // The frame has all that is needed: the state behind it is let go.
      source = undefined;
    }
    if (frame === undefined) throw new RangeError('a frame was asked for while it was made');
    return frame;
  };
}

function frameText(position: number, event: Told['event'], view: Pictured['view']): string {
  const incident = Object.fromEntries(Object.entries(view).filter(([name]) => !WITHHELD.has(name)));
  const data = JSON.stringify({
    type: event.type,
    at: event.recordedAt,
    occurredAt: event.occurredAt,
    version: event.version,
    by: event.by,
    incident,
  });
  return `id: ${position}\nevent: incident\ndata: ${data}\n\n`;
}
