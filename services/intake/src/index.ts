export { intakeRules } from './domain/rules.ts';
export { type Intake, startIntake } from './service.ts';
export type { Vault } from './store/vault.ts';
export type { AskHolder, Taken, TakeReport } from './take-report.ts';
