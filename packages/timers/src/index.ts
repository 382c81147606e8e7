export { type AlarmsOptions, startAlarms } from './alarms.ts';
export { createMemoryTimers, type MemoryTimers } from './memory-timers.ts';
export type { TimerIndex } from './timers.ts';
