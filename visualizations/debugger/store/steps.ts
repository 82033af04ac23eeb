/** Long work in steps, so that the page draws and answers in between, and the work can be given up. */

/** Work that yields how much of it is done, from 0 to 1, and returns what came of it. */
export type Steps<Result> = Generator<number, Result, void>;

/** A slice of work takes so long: with the drawing, little more than a frame. */
const SLICE_MS = 8;

/** What work in slices needs of the browser. */
export interface SlicesWorld {
  /** The time in milliseconds. */
  now(): number;
  /** Resolves when the browser has had its turn. */
  pause(): Promise<void>;
}

/**
 * Does work in slices.
 *
 * @param steps the work
 * @param world the time, and the turns of the browser
 * @param options who hears between slices how much is done, from 0 to 1, and what gives the work up
 * @throws (rejects) what the work throws, and the reason of the signal once it is aborted
 */
export async function inSlices<Result>(
  steps: Steps<Result>,
  world: SlicesWorld,
  { onProgress, signal }: { onProgress: (share: number) => void; signal: AbortSignal },
): Promise<Result> {
  for (;;) {
    // thrown in the work, which may have something to put in order
    if (signal.aborted) steps.throw(signal.reason);
    signal.throwIfAborted();
    const endMs = world.now() + SLICE_MS;
    let step = steps.next();
    while (step.done !== true && world.now() < endMs) step = steps.next();
    if (step.done === true) return step.value;
    onProgress(step.value);
    await world.pause();
  }
}

/** The turns of this browser. A timer would wait for four milliseconds in each, and for a second where nobody looks. */
export const browserTurns: SlicesWorld = {
  now: () => performance.now(),
  pause: () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      const turned = (): void => {
        port1.close();
        resolve();
      };
      port1.addEventListener('message', turned, { once: true });
      port1.start();
      port2.postMessage(null);
    }),
};
