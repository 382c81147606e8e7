import { type Work, workId } from './work.ts';

/**
 * What waits for a batch. Several batches may be under way at a time, as long as no incident is in two of
 * them: the works of one incident are taken in the order they came. Hand-overs from the log are in one
 * batch at a time, so that the offset never runs ahead of what was taken.
 */
export class WorkQueue {
  #waiting: Work[] = [];
  readonly #underWay = new Set<string>();
  #reading = false;

  get size(): number {
    return this.#waiting.length;
  }

  push(work: Work): void {
    this.#waiting.push(work);
  }

  /** Puts works back in front of all others. */
  pushFront(works: readonly Work[]): void {
    this.#waiting = [...works, ...this.#waiting];
  }

  /** The next batch, at most `most`; empty when everything that waits has to wait on. */
  take(most: number): readonly Work[] {
    const taken: Work[] = [];
    const left: Work[] = [];
    const behind = new Set<string>();
    let reads = false;
    for (const work of this.#waiting) {
      const id = workId(work);
      const read = isRead(work);
      const blocked =
        taken.length === most ||
        this.#underWay.has(id) ||
        behind.has(id) ||
        (read && this.#reading);
      if (blocked) {
        behind.add(id);
        left.push(work);
        continue;
      }
      reads ||= read;
      taken.push(work);
    }
    this.#waiting = left;
    for (const work of taken) this.#underWay.add(workId(work));
    this.#reading ||= reads;
    return taken;
  }

  /** Lets what waits for these works' incidents go on; to be told once for each batch taken. */
  release(works: readonly Work[]): void {
    for (const work of works) this.#underWay.delete(workId(work));
    if (works.some(isRead)) this.#reading = false;
  }
}

/** Whether a work carries the reader's place in the log on. */
function isRead(work: Work): boolean {
  return work.kind === 'arrival' && work.place !== undefined;
}
