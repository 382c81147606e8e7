/** The servers CityLoop can stand on. */
export const serverKinds = ['postgres', 'redis', 'kafka'] as const;
export type ServerKind = (typeof serverKinds)[number];

/** A server that was found: where clients reach it. What was started for it goes with it. */
export type FoundServer = AsyncDisposable & {
  /** `postgres://…`, `redis://…`, or brokers as `host:port,…`. */
  readonly address: string;
  readonly by: 'address' | 'container' | 'start';
};

/** The variables that give an address. */
export const addressVariables: Readonly<Record<ServerKind, string>> = {
  postgres: 'TEST_DATABASE_URL',
  redis: 'TEST_REDIS_URL',
  kafka: 'TEST_KAFKA_BROKERS',
};
