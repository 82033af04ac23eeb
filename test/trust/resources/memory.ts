/** What a process holds, once all garbage is gone. Needs `--expose-gc`. */

import { setTimeout as pause } from 'node:timers/promises';

/** The memory of a process in bytes. */
export interface Memory {
  readonly rss: number;
  /** Objects, and the buffers that stand outside of the heap. */
  readonly live: number;
}

/** What weak references and finished sockets let go of is gone only after some turns. */
const COLLECTIONS = 5;
const PAUSE_MS = 20;

/** Collects all garbage and measures. */
export async function measureMemory(): Promise<Memory> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('expected a process with --expose-gc');
  for (let turn = 0; turn < COLLECTIONS; turn++) {
    collect();
    await pause(PAUSE_MS);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}

/** Bytes in a unit that can be read. */
export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Bytes in a unit that can be read. */
export function kib(bytes: number): string {
  return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
}
