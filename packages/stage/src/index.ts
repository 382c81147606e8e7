export { startArrivals } from './arrivals.ts';
export { type AskSender, concludeBy, type OpenAsk, startAskSender } from './asks.ts';
export {
  createEngine,
  type Engine,
  type EngineOptions,
  type StageProbe,
} from './engine.ts';
export { type HandOverWatchOptions, startHandOverWatch } from './hand-over-watch.ts';
export { createMemoryStore, type MemoryStore } from './memory-store.ts';
export { memoryParking, type ParkedRecord, type Parking, postgresParking } from './parking.ts';
export { type PolicyReader, startPolicyReader } from './policy-reader.ts';
export type { PolicySource } from './policy-source.ts';
export { createPostgresStore } from './postgres-store.ts';
export { notInCustody } from './refusals.ts';
export { replayParked } from './replay-parked.ts';
export type { Ask, StageRules } from './rules.ts';
export { type RunningStage, type StageServices, startStage } from './stage.ts';
export type { AwaitingFilter, HeldFilter, HeldRow, StageStore } from './store.ts';
export type { Timing } from './timing.ts';
export type { Answer, Birth, Command, Whereabouts } from './work.ts';
