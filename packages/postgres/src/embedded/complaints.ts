import { type CityLoopError, InvalidInput, Unavailable } from '@cityloop/kernel';

type Explain = (folder: string, said: string) => CityLoopError;

const full: Explain = (folder) =>
  new Unavailable(
    'DATA_DIR_FULL',
    `the disk that holds ${folder} is full: make room and start again`,
  );

const readOnly: Explain = (folder) =>
  new InvalidInput(
    'DATA_DIR_READ_ONLY',
    `${folder} cannot be written by this user: give it the right to, or choose another folder`,
  );

const memory: Explain = (_folder, said) =>
  new Unavailable('DATA_DIR_MEMORY', `the machine has too little memory for the database: ${said}`);

const inUse: Explain = (folder) =>
  new Unavailable(
    'DATA_DIR_IN_USE',
    `another database server runs on ${folder}: stop it, or choose another folder`,
  );

const version: Explain = (folder, said) =>
  new InvalidInput(
    'DATA_DIR_VERSION',
    `${folder} was written by another version of the database: ${said}`,
  );

const damaged: Explain = (folder, said) =>
  new InvalidInput(
    'DATA_DIR_DAMAGED',
    `the database in ${folder} is damaged: restore it from a backup, or move the folder away to begin anew (${said})`,
  );

const noUser: Explain = () =>
  new InvalidInput(
    'DATA_DIR_USER',
    'the database needs a user of the system: this one has no entry in /etc/passwd',
  );

const setting: Explain = (_folder, said) =>
  new InvalidInput('DATA_DIR_SETTING', `the database does not accept its settings: ${said}`);

const COMPLAINTS: readonly (readonly [pattern: RegExp, explain: Explain])[] = [
  [/No space left on device|Disk quota exceeded/, full],
  [/Read-only file system|Permission denied|Operation not permitted/, readOnly],
  [/shared memory|semaphores|Cannot allocate memory|out of memory/i, memory],
  [/lock file ".*" already exists|is another postmaster/i, inUse],
  [/could not look up effective user ID/, noUser],
  [/configuration parameter|invalid value for parameter|is outside the valid range/, setting],
  [
    /checkpoint|pg_control|control file|checksum|incompatible with|not a (valid|database)|could not (open|read|access|find|stat|load)|invalid (data|magic|page)|missing|corrupt|does not exist|bogus/i,
    damaged,
  ],
];

/** Whether a server refused to start because what its killed predecessor left still holds on. */
export const leftoversHoldOn = (lines: readonly string[]): boolean =>
  lines.some((line) => line.includes('pre-existing shared memory block'));

/** Whether the file system of the folder takes no unix sockets. */
export const socketRefused = (lines: readonly string[]): boolean =>
  lines.some((line) => /could not (bind|create any) Unix/i.test(line));

const SEVERE = /^(?:PANIC|FATAL|initdb: error|\S*postgres: (?:error|FATAL)|postgres):\s+(.*)$/;

/** One clear error for what the server or `initdb` wrote before it gave up. */
export function explain(lines: readonly string[], folder: string): CityLoopError {
  const severe = lines.flatMap((line) => SEVERE.exec(line)?.[1] ?? []);
  const said = (severe[0] ?? lines.at(-1) ?? 'it said nothing').trim();
  const told = severe.length > 0 ? severe : lines;
  for (const [pattern, explained] of COMPLAINTS) {
    if (told.some((line) => pattern.test(line))) return explained(folder, said);
  }
  return new Unavailable('DATA_DIR_START', `the database in ${folder} did not start: ${said}`);
}

const BY_CODE: Readonly<Record<string, Explain>> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: readOnly,
  EACCES: readOnly,
  EPERM: readOnly,
  ENOTDIR: (folder) =>
    new InvalidInput('DATA_DIR_NOT_A_FOLDER', `${folder} is a file: choose a folder for the data`),
  EEXIST: (folder) =>
    new InvalidInput('DATA_DIR_NOT_A_FOLDER', `${folder} is a file: choose a folder for the data`),
};

/** The same for an error of the file system; anything else comes back as it is. */
export function explainSystem(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return BY_CODE[String(error.code)]?.(folder, error.message) ?? error;
}

export { damaged, inUse, readOnly, version };
