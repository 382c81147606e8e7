import { CityLoopError } from '@cityloop/kernel';
import { type RedisServer, startRedis as start } from '@cityloop/servers';
import { ArmUnavailable } from '../arm.ts';

/** Rejects with `ArmUnavailable` where Redis is not installed or does not come up. */
export async function startRedis(): Promise<RedisServer> {
  try {
    return await start();
  } catch (error) {
    throw error instanceof CityLoopError
      ? new ArmUnavailable(error.message, { cause: error })
      : error;
  }
}
