import type { Subject } from '@cityloop/contracts';
import type { Feed } from './feed.ts';
import type { Frame } from './frame.ts';
import { type Filter, isSent, viewKey } from './wanted.ts';

/** What a client is written to; an HTTP response is one. */
export type Sink = {
  readonly writableNeedDrain: boolean;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string): unknown;
  destroy(): unknown;
};

export type Viewer = {
  readonly subject: Subject;
  readonly filter: Filter;
  /** The position up to which the client has everything. */
  readonly from: number;
  /** Until when it is let in, ms. */
  readonly until: () => number;
};

type Client = Viewer & {
  readonly sink: Sink;
  readonly key: string;
  cursor: number;
  /** While it does not take what it was sent: how far was looked, and how much is owed since. */
  looked: number;
  owed: number;
  writtenMs: number;
};

/** What is counted; all synchronous. */
export type StreamProbe = {
  clients(amount: number): void;
  sent(events: number): void;
  dropped(reason: 'slow' | 'expired'): void;
};

/** One write a client in this time, ms. */
export const TICK_MS = 50;
const HEARTBEAT_MS = 15_000;
/** The most one client is owed or sent at once, bytes: a client that never reads costs no more. */
const OWED_MOST = 256 * 1024;
/** How long a client that was told to start anew has to take the message, ms. */
const GRACE_MS = 5_000;

type Piece = { readonly bytes: Uint8Array; readonly events: number; readonly cursor: number };

const NOTHING = new Uint8Array();

/**
 * All connected clients. Each is a position in the shared feed and has no queue of its own: once a
 * tick it is written what lies beyond its position, made once for all who are sent the same.
 */
export class Clients {
  readonly #feed: Feed;
  readonly #probe: StreamProbe;
  readonly #nowMs: () => number;
  readonly #clients = new Set<Client>();
  readonly #bySubject = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(feed: Feed, probe: StreamProbe, nowMs: () => number = Date.now) {
    this.#feed = feed;
    this.#probe = probe;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#clients.size;
  }

  /** How many streams somebody has open. */
  of(subjectId: string): number {
    return this.#bySubject.get(subjectId) ?? 0;
  }

  /** Adds a client, greets it, and returns what takes it out again. */
  add(sink: Sink, viewer: Viewer, greeting: string): () => void {
    const cursor = viewer.from;
    const key = viewKey(viewer.subject, viewer.filter);
    const writtenMs = this.#nowMs();
    const client = { ...viewer, sink, key, cursor, looked: cursor, owed: 0, writtenMs };
    this.#clients.add(client);
    this.#count(viewer.subject.id, 1);
    sink.write(greeting);
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
    return () => this.#remove(client);
  }

  /** Writes each client what it has not been sent yet. Runs by itself while there are clients. */
  tick(): void {
    const nowMs = this.#nowMs();
    const made = new Map<string, Piece>();
    for (const client of this.#clients) {
      if (nowMs >= client.until()) this.#expire(client);
      else if (client.cursor < this.#feed.oldest) this.#drop(client);
      else if (client.sink.writableNeedDrain) this.#owe(client);
      else this.#write(client, made, nowMs);
    }
  }

  /** Ends all streams; clients come back by themselves, to whoever answers then. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const client of [...this.#clients]) {
      this.#remove(client);
      client.sink.end();
    }
  }

  #write(client: Client, made: Map<string, Piece>, nowMs: number): void {
    const piece = this.#pieceFor(client, made);
    client.cursor = piece.cursor;
    client.looked = piece.cursor;
    client.owed = 0;
    const quiet = nowMs - client.writtenMs >= HEARTBEAT_MS;
    if (piece.events === 0 && !quiet) return;
    client.sink.write(piece.events === 0 ? ': heartbeat\n\n' : piece.bytes);
    client.writtenMs = nowMs;
    this.#probe.sent(piece.events);
  }

  #pieceFor(client: Client, made: Map<string, Piece>): Piece {
    if (client.cursor >= this.#feed.last) {
      return { bytes: NOTHING, events: 0, cursor: client.cursor };
    }
    const items = this.#feed.after(client.cursor);
    const own = items.some(({ frame }) => frame().scope.discoveredBy.id === client.subject.id);
    const key = own ? `${client.subject.id}/${client.key}` : client.key;
    const name = `${client.cursor}/${key}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const piece = pieceOf(client, items);
    made.set(name, piece);
    return piece;
  }

  /** It has not taken the last write: nothing is added, until too much is owed. */
  #owe(client: Client): void {
    for (const { position, frame } of this.#feed.after(client.looked)) {
      client.looked = position;
      const made = frame();
      if (isSent(client.subject, client.filter, made)) client.owed += sizeOf(made);
      if (client.owed <= OWED_MOST) continue;
      this.#drop(client);
      return;
    }
  }

  /** Tells it to load anew, since it cannot be sent everything in between. */
  #drop(client: Client): void {
    this.#remove(client);
    this.#probe.dropped('slow');
    client.sink.end(resetText('slow', this.#feed.last));
    setTimeout(() => client.sink.destroy(), GRACE_MS).unref();
  }

  #expire(client: Client): void {
    this.#remove(client);
    this.#probe.dropped('expired');
    client.sink.end('event: expired\ndata: {"code":"AUTH_TOKEN_EXPIRED"}\n\n');
    setTimeout(() => client.sink.destroy(), GRACE_MS).unref();
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client)) return;
    this.#count(client.subject.id, -1);
    if (this.#clients.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #count(subjectId: string, by: 1 | -1): void {
    const amount = this.of(subjectId) + by;
    if (amount === 0) this.#bySubject.delete(subjectId);
    else this.#bySubject.set(subjectId, amount);
    this.#probe.clients(this.#clients.size);
  }
}

/** What tells a client to load anew; it may go on from `position`. */
export function resetText(reason: 'slow' | 'too-old' | 'unknown', position: number): string {
  return `id: ${position}\nevent: reset\ndata: {"reason":"${reason}","position":${position}}\n\n`;
}

const sizeOf = (frame: Frame): number => Buffer.byteLength(frame.text);

function pieceOf(
  client: Client,
  items: readonly { readonly position: number; readonly frame: () => Frame }[],
): Piece {
  const texts: string[] = [];
  let cursor = client.cursor;
  let bytes = 0;
  for (const { position, frame } of items) {
    cursor = position;
    const made = frame();
    if (!isSent(client.subject, client.filter, made)) continue;
    texts.push(made.text);
    bytes += made.text.length;
    if (bytes >= OWED_MOST) break;
  }
  return { bytes: Buffer.from(texts.join('')), events: texts.length, cursor };
}
