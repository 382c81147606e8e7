import type { PackPerson } from '@cityloop/contracts';
import type { Bundle } from '../store/outbox.ts';

/** Brings a bundle to a person, or throws {@link NotDelivered}; at least once. */
export type Deliver = {
  /** Whether it can reach this person at all. */
  reaches(person: PackPerson): boolean;
  send(bundle: Bundle, person: PackPerson): Promise<void>;
  close(): void;
};

/** Why a bundle did not go out, as a code that names nobody and no address. */
export class NotDelivered extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.name = 'NotDelivered';
    this.code = code;
  }
}
