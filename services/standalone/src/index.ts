export { Config } from './config.ts';
export { type LoopOptions, type RunningLoop, startLoop } from './loop.ts';
export { type Standalone, startStandalone } from './service.ts';
