/**
 * For a machine of 2 cores and 4 GB that the services share with their database. Whatever is not
 * here has the default of Postgres, fsync and full_page_writes above all.
 */
export const defaultSettings: Readonly<Record<string, string>> = {
  // Only a unix socket in a folder closed to others; whoever gets there is trusted.
  listen_addresses: '',
  max_connections: '80',
  superuser_reserved_connections: '2',

  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '1GB',
  wal_buffers: '16MB',
  huge_pages: 'off',

  // Nobody replicates from an embedded server: less WAL, and no processes for it.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  checkpoint_timeout: '15min',

  // The services use both cores already; queries in parallel would only take them away.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  max_worker_processes: '4',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '2',
  autovacuum_worker_slots: '4',
  io_method: 'sync',
  jit: 'off',
  random_page_cost: '1.1',

  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  // Statements and rows hold what people told us: neither belongs into a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_line_prefix: '',
  log_checkpoints: 'off',
};

/** Settings as arguments of `postgres`. */
export function settingArguments(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
