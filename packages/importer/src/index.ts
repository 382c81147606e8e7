export { type FileImport, type ImportFileOptions, importFile } from './import-file.ts';
export { type Options, readOptions } from './options.ts';
export type { Places } from './run/places.ts';
export type { Tally } from './run/tally.ts';
export type { Outcome, Rejection } from './run/task.ts';
