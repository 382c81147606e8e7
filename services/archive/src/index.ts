export { evaluate } from './domain/evaluate.ts';
export { archiveRules } from './domain/rules.ts';
export { type Archive, startArchive } from './service.ts';
export type { Ledger } from './store/ledger.ts';
