/** The end of a `switch` that has every case: the compiler refuses it when one is forgotten. @throws Error when a value comes that no type allows */
export function assertNever(value: never): never {
  throw new Error(`There is no case for ${JSON.stringify(value)}.`);
}
