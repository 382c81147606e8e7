import { Unavailable } from '@cityloop/kernel';
import type { StageDoor } from '@cityloop/service';

/** More works than this waiting means seconds of delay: better to say so than to queue for ever. */
const MOST_WAITING = 20_000;

/** Refuses work with 503 and `Retry-After` when the service behind is full. */
export function shed(door: Pick<StageDoor, 'backlog'>): void {
  if (door.backlog() < MOST_WAITING) return;
  throw new Unavailable('OVERLOADED', '系统繁忙，请稍后重试 / overloaded, try again shortly', {
    retryAfter: 2,
  });
}
