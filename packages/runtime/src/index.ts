export type { Logger } from 'pino';
export { type Environment, loadConfig } from './config.ts';
export { createLogger, type LogLevel, logLevels, maskNumbers } from './logger.ts';
export { createMetrics, type MetricOptions, type Metrics } from './metrics.ts';
export {
  fatalMessage,
  reportFatal,
  type SignalSource,
  type StopSignal,
  stopWithin,
  untilStopped,
} from './process.ts';
export { settingsTable } from './settings-table.ts';
