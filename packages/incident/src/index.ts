export {
  application,
  applicationToDecide,
  applyFor,
  decidedStep,
  decideOn,
  mayDecide,
  needsApproval,
  requested,
  seatsAwaited,
  seatsOf,
} from './approvals.ts';
export {
  type Assist,
  assistClock,
  assistOf,
  assistStatus,
  openAssistClocks,
  openAssists,
} from './assists.ts';
export { attribute, rounds } from './attribution.ts';
export {
  type Action,
  authorize,
  may,
  mayKnowConfidential,
  mayRead,
  type Scoped,
} from './authorize.ts';
export { type Boarded, boarded, type Turning } from './board.ts';
export { callBacksNow, lastWord } from './call-backs.ts';
export { basisWords, clockSentences } from './clock-words.ts';
export {
  allStopped,
  type ClockPlan,
  extended,
  laidDown,
  openPause,
  ownDueOf,
  paused,
  started,
  stopped,
  together,
  unpaused,
} from './clocks.ts';
export { commandsFor } from './commands-for.ts';
export { compilePolicy } from './compile-policy.ts';
export { isConcernedUnit, refuseConcernedCentre } from './concerned.ts';
export { actorOf, type Context, createContext, roleFor } from './context.ts';
export { decideEverywhere, isEnded, openStatuses } from './everywhere.ts';
export { named } from './everywhere-event.ts';
export { evolve, fold, isMark, mayLackKeys } from './evolve.ts';
export { goesLive, isGoingLive, isTelling } from './live.ts';
export { maskNumbers } from './mask.ts';
export { nextModeChange } from './mode-change.ts';
export { partyOf, refuseOtherGround } from './mode-party.ts';
export { type PlanInForce, planGoingOn, planInForce, type Timed, withMode } from './modes.ts';
export { heldBy, isGranted, openGranted, revokePause, struck } from './pauses.ts';
export { lacksGround, place } from './place.ts';
export type { DefaultClock, Policy, Suggestion } from './policy.ts';
export { type Imagined, previewClocks } from './preview-clocks.ts';
export { plannedUnder } from './replan.ts';
export { leastOf, reserved } from './reserve.ts';
export { routeFacts } from './route-facts.ts';
export { bringsEvidence, hasWords, type Said, said } from './said.ts';
export { nextDue, type Settled, type StageDue, settle } from './settle.ts';
export { classify, reasonOf, refusedFor, refuseStandardPending } from './standard.ts';
export { dueOf, refuseUpstreamDue } from './upstream.ts';
export { earliestUpstream } from './upstream-dues.ts';
