import { type RunningStage, type StageServices, startStage } from '@cityloop/stage';
import { verificationRules } from './domain/rules.ts';

/** Starts the verification service: its rules on the stage engine, and nothing besides. */
export function startVerification(services: StageServices): Promise<RunningStage> {
  return startStage(verificationRules, services);
}
