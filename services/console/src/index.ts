export { ask, give, locate } from './custody.ts';
export { createGateway, subjectOfPerson } from './gateway.ts';
export type { Loop, Pictured, StageDoor } from './loop.ts';
