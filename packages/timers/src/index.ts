export { type AlarmsOptions, startAlarms } from './alarms.ts';
export type { TimerIndex } from './timers.ts';
