import { z } from 'zod';

const parts = (list: string): string[] => list.split(',').map((part) => part.trim());

/** A Postgres. It may have no host: a folder with its socket is named by `?host=` then. */
export const databaseUrl = () =>
  z
    .string()
    .refine(
      isDatabaseUrl,
      'expected postgres://user:password@host:5432/database, or postgresql://user@/database?host=/folder/of/its/socket',
    );

function isDatabaseUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\/\S+$/.test(text)) return false;
  // With a user and no host it is no URL by the standard, but one by Postgres' own.
  return URL.canParse(text) || URL.canParse(text.replace('@/', '@socket/'));
}

/** Brokers, `host:port` by commas. */
export const brokerList = () =>
  z
    .string()
    .refine(
      (list) => parts(list).every(isHostAndPort),
      'expected host:port such as kafka-1:9092, several separated by commas',
    );

function isHostAndPort(text: string): boolean {
  const port = Number(/^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(text)?.[1]);
  return port >= 1 && port <= 65_535;
}

/** A Redis, or by commas the nodes of a cluster. */
export const redisUrls = () =>
  z
    .string()
    .refine(
      (list) => parts(list).every(isRedisUrl),
      'expected redis://:password@host:6379 or rediss://…, several separated by commas',
    );

function isRedisUrl(text: string): boolean {
  const url = /^rediss?:\/\//.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== '';
}
