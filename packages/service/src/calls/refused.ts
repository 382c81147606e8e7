import { Unavailable } from '@cityloop/kernel';

/** The request as a whole was refused. */
export class RefusedByPeer extends Error {
  readonly told: Unavailable;
  /** Whether it was for a state that passes. */
  readonly passing: boolean;
  constructor(told: Unavailable, passing: boolean) {
    super(told.message);
    this.told = told;
    this.passing = passing;
  }
}

export function refusedBy(service: string, status: number): RefusedByPeer {
  const token = status === 401 || status === 403;
  const why = token ? 'SERVICE_TOKEN is not the same everywhere' : `it answered ${status}`;
  const told = new Unavailable('SERVICE_REFUSES', `${service} refuses to be called: ${why}`);
  return new RefusedByPeer(told, status === 503);
}
