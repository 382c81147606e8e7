import { InvalidInput } from '@cityloop/kernel';
import { loadConfig } from '@cityloop/runtime';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { timerSettings, worldSettings } from './settings.ts';

const Settings = z.object({ ...worldSettings, ...timerSettings });
const sound = {
  DATABASE_URL: 'postgres://cityloop:secret@postgres:5432/cityloop',
  KAFKA_BROKERS: 'kafka:9092',
  REDIS_URL: 'redis://:secret@redis:6379',
  SERVICE_TOKEN: 'a-token-of-more-than-thirty-two-characters',
};

function said(changed: Readonly<Record<string, string>>): string {
  try {
    loadConfig(Settings, { ...sound, ...changed });
    return '';
  } catch (error) {
    if (error instanceof InvalidInput) return error.message;
    throw error;
  }
}

describe('where servers are', () => {
  it.each([
    ['DATABASE_URL', sound.DATABASE_URL],
    ['DATABASE_URL', 'postgresql://cityloop@127.0.0.1:5432/cityloop?sslmode=verify-full'],
    ['DATABASE_URL', 'postgresql://[::1]:5432/cityloop'],
    ['DATABASE_URL', 'postgresql://cityloop@/cityloop?host=%2Ftmp%2Fa%20folder'],
    ['DATABASE_URL', 'postgresql:///cityloop?host=/tmp/folder'],
    ['KAFKA_BROKERS', 'kafka-1.example:9093, kafka-2.example:9093,10.0.0.3:9093'],
    ['KAFKA_BROKERS', '[::1]:9092'],
    ['REDIS_URL', 'rediss://user:secret@redis.example:6380/2'],
    ['REDIS_URL', 'redis://one:6379, redis://two:6379'],
    ['REDIS_URL', 'redis://localhost'],
  ])('may be said so: %s=%s', (name, value) => {
    expect(said({ [name]: value })).toBe('');
  });

  it.each([
    ['DATABASE_URL', 'nonsense-secret'],
    ['DATABASE_URL', 'mysql://cityloop:secret@mysql/cityloop'],
    ['DATABASE_URL', 'postgres://cityloop:secret@postgres:port/cityloop'],
    ['DATABASE_URL', 'postgres://'],
    ['KAFKA_BROKERS', 'secret'],
    ['KAFKA_BROKERS', 'kafka:9092,secret'],
    ['KAFKA_BROKERS', 'kafka:9092,'],
    ['KAFKA_BROKERS', 'kafka:99999'],
    ['KAFKA_BROKERS', 'http://kafka:9092'],
    ['REDIS_URL', 'redis:6379'],
    ['REDIS_URL', 'http://:secret@redis:6379'],
    ['REDIS_URL', 'redis://one:6379,secret:6379'],
    ['REDIS_URL', 'redis://'],
  ])('may not be said so: %s=%s', (name, value) => {
    expect(said({ [name]: value })).toMatch(
      new RegExp(`^  - ${name} is not valid: expected `, 'm'),
    );
    expect(said({ [name]: value })).not.toContain('secret');
  });

  it('is found wrong all at once', () => {
    const message = said({ DATABASE_URL: 'nonsense', KAFKA_BROKERS: 'kafka', REDIS_URL: 'redis' });
    expect(message.match(/is not valid/g)).toHaveLength(3);
  });
});
