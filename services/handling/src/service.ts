import { type RunningStage, type StageServices, startStage } from '@cityloop/stage';
import { handlingRules } from './domain/rules.ts';

/** Starts the handling service: its rules on the stage engine, and nothing besides. */
export function startHandling(services: StageServices): Promise<RunningStage> {
  return startStage(handlingRules, services);
}
