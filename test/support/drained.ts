/** Takes everything that an iterator gives, and says how it ended: `done`, or with what it threw; null while it goes on. */
export function drain<T>(iterator: AsyncIterable<T>): { readonly got: T[]; readonly end: unknown } {
  const drained: { got: T[]; end: unknown } = { got: [], end: null };
  const loop = async (): Promise<void> => {
    for await (const value of iterator) drained.got.push(value);
  };
  loop().then(
    () => {
      drained.end = 'done';
    },
    (error: unknown) => {
      drained.end = error;
    },
  );
  return drained;
}
