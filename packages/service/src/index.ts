export { createPeer, type Peer } from './calls/peer.ts';
export {
  answersAt,
  ask,
  give,
  holderOf,
  locate,
  type StageDoors,
  versionsAt,
} from './doors/custody.ts';
export { districtMethods, remoteDistrict } from './doors/district-calls.ts';
export {
  feedStream,
  followRemote,
  REPLAY_MOST,
  replayMethod,
  replayRemote,
} from './doors/feed-stream.ts';
export {
  archiveMethods,
  intakeMethods,
  noticeMethods,
  pictureMethods,
  remoteArchive,
  remoteIntake,
  remoteNotices,
  remotePicture,
} from './doors/other-calls.ts';
export type {
  ArchiveDoor,
  DeadNotice,
  Disclosed,
  DistrictDoor,
  Follower,
  Following,
  IntakeDoor,
  Notice,
  NoticeDoor,
  PictureCalls,
  PictureDoor,
  Pictured,
  SearchTerms,
  Taken,
  Told,
} from './doors/other-doors.ts';
export { stageDoor } from './doors/running-stage.ts';
export { remoteStage, stageMethods } from './doors/stage-calls.ts';
export type { GivenAsk, StageCalls, StageDoor } from './doors/stage-door.ts';
export { databaseUrl } from './lifecycle/addresses.ts';
export { metricsOf } from './lifecycle/door.ts';
export { type IdentitySettings, identitySettings } from './lifecycle/identity-settings.ts';
export { ensureTopics, kafkaFrom, kafkaSettings } from './lifecycle/kafka-port.ts';
export { awaited, type Patience, patiently } from './lifecycle/patience.ts';
export { createPeers, type Peers } from './lifecycle/peers.ts';
export { openLog, openPorts, openRedis, type Ports, STATEMENT_MS } from './lifecycle/ports.ts';
export { databaseCheck, laddersTurn, readiness } from './lifecycle/readiness.ts';
export {
  runService,
  STOP_WITHIN_MS,
  type StartedService,
  startService,
  type World,
} from './lifecycle/run-service.ts';
export type { Running } from './lifecycle/running.ts';
export {
  doorSettings,
  type NoticeSettings,
  noticeSettings,
  type PeerName,
  peerSettings,
  type ServiceName,
  type ServiceSettings,
  servicePorts,
  timerSettings,
  worldSettings,
} from './lifecycle/settings.ts';
export { runningMetrics, stageMetrics } from './lifecycle/stage-metrics.ts';
export {
  alone,
  policyOf,
  type StageWorld,
  type StartedStage,
  startStageProcess,
} from './lifecycle/stage-process.ts';
export { stageTimers, timerStates } from './lifecycle/stage-timers.ts';
