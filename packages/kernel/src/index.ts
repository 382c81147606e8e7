export { type Clock, systemClock } from './clock.ts';
export { assertNever, type Command, type Event } from './decider.ts';
export {
  CityLoopError,
  Forbidden,
  InvalidInput,
  KeyReused,
  NotFound,
  RuleViolation,
  StaleVersion,
  TooManyRequests,
  Unauthenticated,
  Unavailable,
} from './errors.ts';
export { fromIso, toIso } from './iso.ts';
export { RecentMap } from './recent-map.ts';
export { uuidv7 } from './uuid.ts';
