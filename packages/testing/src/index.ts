export {
  bear,
  command,
  emptyWorld,
  incidentIn,
  nudge,
  rulesOf,
  type Step,
  type World,
} from './loop.ts';
export {
  assigned,
  closed,
  confirmed,
  filed,
  filedInWest,
  finished,
  received,
  reported,
  reportedByCaller,
  returned,
  toClose,
} from './milestones.ts';
export { chainsForAll, places, testPack, testPolicy } from './pack.ts';
export { everybody, people } from './people.ts';
export { MONDAY_NINE, type Outcome, Story, story } from './story.ts';
