export type { Logger } from 'pino';
export { type Environment, loadConfig } from './config.ts';
export { fatalMessage, reportFatal } from './fatal.ts';
export { createLogger, type LogLevel, logLevels, maskNumbers } from './logger.ts';
export { createMetrics, type MetricOptions, type Metrics } from './metrics.ts';
export { type RunOptions, runProcess } from './run-process.ts';
export { settingsTable } from './settings-table.ts';
export { type SignalSource, type StopSignal, stopWithin, untilStopped } from './stop.ts';
