export { eventLogConformance, type Fresh } from './conformance.ts';
export { reusedDatabases } from './reused-databases.ts';
export {
  type LogWorld,
  numbered,
  type Reader,
  type ReaderOptions,
  range,
  startReader,
  until,
} from './world.ts';
