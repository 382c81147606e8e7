import { type Database, type Session, statement } from '@cityloop/postgres';

const LOCK_CLASS = 0x636c_6c67;
const tryLock = statement('select pg_try_advisory_lock($1, hashtext($2)) as mine');
const unlock = statement('select pg_advisory_unlock($1, hashtext($2))');

/**
 * Advisory locks of one process, all on one connection: who holds a group's lock is its only active
 * reader, wherever else the group runs. They go with the connection.
 */
export class GroupLocks implements AsyncDisposable {
  readonly #db: Database;
  /** Groups with a reader in this process: the session's lock would be granted to it once more. */
  readonly #groups = new Set<string>();
  #session: Promise<Session> | undefined;
  #release: (() => void) | undefined;
  #ended: Promise<void> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Runs `work` while this is the group's only reader anywhere; false when there is another. */
  async whileAlone(group: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.#groups.has(group)) return false;
    this.#groups.add(group);
    try {
      return await this.#locked(group, work);
    } finally {
      this.#groups.delete(group);
    }
  }

  async #locked(group: string, work: (lost: AbortSignal) => Promise<void>): Promise<boolean> {
    const session = await this.#open();
    const rows = await session.query<{ mine: boolean }>({
      ...tryLock,
      values: [LOCK_CLASS, group],
    });
    if (rows[0]?.mine !== true) return false;
    try {
      await work(session.lost);
    } finally {
      if (!session.lost.aborted) {
        await session.query({ ...unlock, values: [LOCK_CLASS, group] }).catch(() => undefined);
      }
    }
    return true;
  }

  #open(): Promise<Session> {
    this.#session ??= new Promise((resolve, reject) => {
      this.#ended = this.#db
        .session(async (session) => {
          resolve(session);
          await new Promise<void>((done) => {
            this.#release = done;
            session.lost.addEventListener('abort', () => done(), { once: true });
          });
        })
        .catch(reject)
        .finally(() => {
          this.#session = undefined;
        });
    });
    return this.#session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release?.();
    await this.#ended;
  }
}
