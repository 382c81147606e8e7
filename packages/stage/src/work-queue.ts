import { type Work, workId } from './work.ts';

/**
 * What waits for a batch. Several batches may be under way at a time, as long as no incident is in two of
 * them: the works of one incident are taken in the order they came. Hand-overs from the log are in one
 * batch at a time, so that the offset never runs ahead of what was taken.
 */
export class WorkQueue {
  /** What may be taken at once; looked at again when it is. */
  #ready: Work[] = [];
  /** What has to wait for a batch under way, and whose incidents these are. */
  #held: Work[] = [];
  readonly #behind = new Set<string>();
  readonly #underWay = new Set<string>();
  #reading = false;

  get size(): number {
    return this.#ready.length + this.#held.length;
  }

  /** Whether `take` may find something. */
  get ready(): boolean {
    return this.#ready.length > 0;
  }

  push(work: Work): void {
    if (this.#mustWait(work)) this.#hold(work);
    else this.#ready.push(work);
  }

  /** Puts works back in front of all others. */
  pushFront(works: readonly Work[]): void {
    const rest = [...this.#held, ...this.#ready];
    this.#held = [];
    this.#behind.clear();
    this.#ready = [];
    for (const work of [...works, ...rest]) this.push(work);
  }

  /** The next batch, at most `most`; empty when everything that waits has to wait on. */
  take(most: number): readonly Work[] {
    const taken: Work[] = [];
    const seen = this.#ready;
    this.#ready = [];
    let reads = false;
    for (const work of seen) {
      if (taken.length === most) this.#ready.push(work);
      else if (this.#mustWait(work)) this.#hold(work);
      else {
        reads ||= isRead(work);
        taken.push(work);
      }
    }
    for (const work of taken) this.#underWay.add(workId(work));
    this.#reading ||= reads;
    return taken;
  }

  /** Lets what waits for these works' incidents go on; to be told once for each batch taken. */
  release(works: readonly Work[]): void {
    for (const work of works) this.#underWay.delete(workId(work));
    if (works.some(isRead)) this.#reading = false;
    if (this.#held.length > 0) this.pushFront([]);
  }

  #mustWait(work: Work): boolean {
    const id = workId(work);
    return this.#underWay.has(id) || this.#behind.has(id) || (this.#reading && isRead(work));
  }

  #hold(work: Work): void {
    this.#held.push(work);
    this.#behind.add(workId(work));
  }
}

/** Whether a work carries the reader's place in the log on. */
function isRead(work: Work): boolean {
  return work.kind === 'arrival' && work.place !== undefined;
}
