/**
 * A setting of kafkajs that may change while it runs: it keeps what it is given as it is and makes it a
 * number each time it is used, which asks for it anew.
 */
export function numberAskedFor(ask: () => number): number {
  // What is made a number need not be one; only arithmetic and the writers of buffers get it.
  return { valueOf: ask } as unknown as number;
}
