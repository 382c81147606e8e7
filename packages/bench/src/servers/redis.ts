import { CityLoopError } from '@cityloop/kernel';
import { type RedisOptions, type RedisServer, startRedis as start } from '@cityloop/servers';
import { ArmUnavailable } from '../arm.ts';

/** Rejects with `ArmUnavailable` where Redis is not installed or does not come up. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  try {
    return await start(options);
  } catch (error) {
    throw error instanceof CityLoopError
      ? new ArmUnavailable(error.message, { cause: error })
      : error;
  }
}
