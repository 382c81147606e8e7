export { give } from './custody.ts';
export { makeDataFolder } from './data-folder.ts';
export { createGateway, subjectOfPerson } from './gateway.ts';
export { identity, migrateConsole, refuseDemoSignIn } from './identity.ts';
export type { Loop } from './loop.ts';
