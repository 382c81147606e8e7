import { type RunningStage, type StageServices, startStage } from '@cityloop/stage';
import { dispatchRules } from './domain/rules.ts';

/** Starts the dispatch service: its rules on the stage engine, and nothing besides. */
export function startDispatch(services: StageServices): Promise<RunningStage> {
  return startStage(dispatchRules, services);
}
