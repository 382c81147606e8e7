export { type Alarms, type AlarmsOptions, startAlarms } from './alarms.ts';
export { createMemoryTimers, dueAmong, type MemoryTimers, nextAmong } from './memory-timers.ts';
export type { Due, TimerIndex } from './timers.ts';
