import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CityLoopError, InvalidInput, Unavailable } from '@cityloop/kernel';
import { createPool, type Database, startEmbeddedPostgres } from '@cityloop/postgres';

/** Which database a command for operators works on. */
export type DatabaseChoice = {
  /** A data folder of the product; beats `databaseUrl`. */
  readonly data?: string | undefined;
  readonly databaseUrl?: string | undefined;
  /** The folder when neither is given. */
  readonly defaultData: string;
  /** Refuses every write, on either. */
  readonly readOnly: boolean;
};

export type OpenDatabase = AsyncDisposable & {
  readonly db: Database;
  /** For people: which one it is. */
  readonly name: string;
};

/**
 * Opens the database of a stopped product, starting its embedded server for the time, or the one that
 * `DATABASE_URL` names, beside which the product may run.
 *
 * @throws InvalidInput `DATA_DIR_EMPTY` when no product has ever used the folder; Unavailable
 * `DATA_DIR_IN_USE` while the product runs on it
 */
export async function openDatabase(choice: DatabaseChoice): Promise<OpenDatabase> {
  const { data, databaseUrl } = choice;
  await using parts = new AsyncDisposableStack();
  const folder = resolve(data ?? choice.defaultData);
  const remote = data === undefined ? databaseUrl : undefined;
  const url = remote ?? parts.use(await embedded(folder, choice.readOnly)).url;
  const db = parts.use(createPool(url, { max: 4, name: 'cityloop-tool' }));
  const stop = parts.move();
  return {
    db,
    name: remote === undefined ? folder : 'DATABASE_URL',
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

async function embedded(folder: string, readOnly: boolean) {
  const dataDir = join(folder, 'postgres');
  // A mistyped folder must not become a new, empty database that is found to be in order.
  await access(join(dataDir, 'cluster')).catch((cause: unknown) => {
    throw new InvalidInput(
      'DATA_DIR_EMPTY',
      `${folder} holds no database of CityLoop: name its data folder with --data, or set DATABASE_URL`,
      {},
      { cause },
    );
  });
  const settings: Record<string, string> = readOnly ? { default_transaction_read_only: 'on' } : {};
  return startEmbeddedPostgres({ dataDir, settings }).catch((error: unknown) => {
    if (!(error instanceof CityLoopError) || error.code !== 'DATA_DIR_IN_USE') throw error;
    throw new Unavailable(
      'DATA_DIR_IN_USE',
      `CityLoop runs on ${folder}: stop it first (a database of your own, by DATABASE_URL, can be worked on beside it)`,
      error.details,
      { cause: error },
    );
  });
}
