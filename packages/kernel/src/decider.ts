/** A fact: past tense, never changed once written. */
export type Event<Type extends string, Data> = {
  readonly type: Type;
  readonly data: Readonly<Data>;
};

/** A wish: imperative, may be refused. */
export type Command<Type extends string, Data> = {
  readonly type: Type;
  readonly data: Readonly<Data>;
};

/** Makes the compiler prove that a switch is complete. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
