export { eventLogConformance, type Fresh } from './conformance.ts';
export {
  type LogWorld,
  numbered,
  type Reader,
  type ReaderOptions,
  range,
  startReader,
  until,
} from './world.ts';
