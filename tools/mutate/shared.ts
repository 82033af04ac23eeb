/**
 * Lets workers share work: each takes the next piece when it is done with one.
 *
 * @returns the results, in the order of the work
 */
export async function shared<Worker, Work, Result>(
  workers: readonly Worker[],
  work: readonly Work[],
  run: (worker: Worker, piece: Work, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      for (let at = next++; at < work.length; at = next++) {
        results[at] = await run(worker, work[at] as Work, at);
      }
    }),
  );
  return results;
}
