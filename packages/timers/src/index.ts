export { type Alarms, type AlarmsOptions, startAlarms } from './alarms.ts';
export { connectRedis, type RedisOptions, type RedisServer } from './redis/connect-redis.ts';
export type { RedisTimers, RedisTimersOptions, RedisTimersProbe } from './redis/redis-timers.ts';
export { rowsAmong } from './rows-among.ts';
export { tableTimers } from './table-timers.ts';
export type { Armed, Change, Due, Place, TimerIndex, TimerRows } from './timers.ts';
