export { type Alarms, type AlarmsOptions, startAlarms } from './alarms.ts';
export { rowsAmong } from './rows-among.ts';
export { tableTimers } from './table-timers.ts';
export type { Armed, Change, Due, Place, TimerIndex, TimerRows } from './timers.ts';
