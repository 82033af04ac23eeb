/**
 * Writes a file for each failure: "it failed last night" becomes a recording that the debugger shows.
 *
 * A disk that is full or a folder that nobody may write to is a warning of the process, and never harms a session: nothing here waits
 * for the disk, and nothing throws.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { warnOfThrown } from '../base/thrown.js';
import { failureRecording } from '../inspector/flight-recording.js';
import type { FailureKind } from '../session/flight/failures.js';
import type { Failure } from '../session/flight/flight-record.js';
import type { FailureSink } from '../session/internals.js';

/** Of one folder: more would be a disk that fills up, fewer a night of which nothing is left. */
export const MAX_FAILURE_FILES = 100;
/** So many failures of one kind are written at once; then there is another each second. */
const BURST = 5;
const REFILL_MS = 1_000;
/** What waits for a slow disk. */
const MAX_WAITING = 20;
/**
 * The names of the files, which also says what may be removed: `2026-01-31T23-59-59-999Z-client-requests-lost-4711-1.jsonl`. The half
 * of one that a process was writing when it was killed is one, too.
 */
const NAME = /^\d{4}-\d\d-\d\dT[\d-]+Z-(?:client|server)-([a-z-]+)-\d+-\d+\.jsonl(?:\.part)?$/;

/** What is used of the file system; a test brings its own. */
export interface Disk {
  mkdir(folder: string): Promise<unknown>;
  readdir(folder: string): Promise<readonly string[]>;
  write(file: string, text: string): Promise<unknown>;
  rename(from: string, to: string): Promise<unknown>;
  remove(file: string): Promise<unknown>;
  /** Writes at once: the process ends. */
  writeNow(folder: string, file: string, text: string): void;
}

const realDisk: Disk = {
  mkdir: (folder) => mkdir(folder, { recursive: true, mode: 0o700 }),
  readdir,
  write: (file, text) => writeFile(file, text, { mode: 0o600, flag: 'wx' }),
  rename,
  remove: (file) => rm(file, { force: true }),
  writeNow: (folder, file, text) => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    rmSync(partOf(file), { force: true });
  },
};

/** Half a file is none: it gets its name when it is complete. */
function partOf(file: string): string {
  return `${file}.part`;
}

/** A failure on its way to the disk. */
interface Job {
  readonly failure: Failure;
  readonly time: Date;
  readonly file: string;
}

/** The bucket of one kind of failure. */
interface Room {
  left: number;
  filledMs: number;
}

let filesOfProcess = 0;

/** Writes the failures of sessions into a folder. */
export class FailureFiles implements FailureSink {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #disk: Disk;
  readonly #rooms = new Map<FailureKind, Room>();
  /** Those that are not written yet; the first of them is being written. */
  readonly #jobs: Job[] = [];
  #writing: Promise<void> | null = null;
  #lastMs = 0;
  /** Failures that were not written since the last that was: there were too many, or the disk failed. */
  #leftOut = 0;

  /**
   * @param folder where the files go; made when there is something to write
   * @param clock what limits how many there are in a second
   */
  constructor(folder: string, clock: { now(): number }, disk: Disk = realDisk) {
    this.#folder = folder;
    this.#now = () => clock.now();
    this.#disk = disk;
  }

  wants(kind: FailureKind): boolean {
    if (this.#jobs.length < MAX_WAITING && this.#roomOf(kind).left >= 1) return true;
    this.#leftOut++;
    return false;
  }

  take(failure: Failure): void {
    this.#roomOf(failure.kind).left--;
    const time = new Date();
    const { kind, record } = failure;
    const parts = [
      time.toISOString().replace(/[:.]/g, '-'),
      record.role,
      kind,
      process.pid,
      ++filesOfProcess,
    ];
    this.#jobs.push({ failure, time, file: join(this.#folder, `${parts.join('-')}.jsonl`) });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything that was taken is written, or is lost. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #roomOf(kind: FailureKind): Room {
    const nowMs = this.#time();
    let room = this.#rooms.get(kind);
    if (room === undefined) this.#rooms.set(kind, (room = { left: BURST, filledMs: nowMs }));
    room.left = Math.min(BURST, room.left + (nowMs - room.filledMs) / REFILL_MS);
    room.filledMs = nowMs;
    return room;
  }

  /** A clock that fails ends its session, and that failure is to be written, too: no time has passed. */
  #time(): number {
    try {
      this.#lastMs = this.#now();
    } catch {
      // told elsewhere
    }
    return this.#lastMs;
  }

  async #writeAll(): Promise<void> {
    // a request that failed with nobody to catch its error ends the process
    process.on('exit', this.#writeNow);
    try {
      for (let [job] = this.#jobs; job !== undefined; [job] = this.#jobs) {
        await this.#write(job).catch((error: unknown) => this.#failed(error));
        this.#jobs.shift();
      }
    } finally {
      process.off('exit', this.#writeNow);
      this.#writing = null;
    }
  }

  #failed(error: unknown): void {
    this.#leftOut++;
    const what = `a failure could not be written to ${JSON.stringify(this.#folder)} (recordFailures)`;
    warnOfThrown(what, error, 'SP_RECORDING_FAILED', { scope: this });
  }

  async #write({ failure, time, file }: Job): Promise<void> {
    const leftOut = this.#leftOut;
    const text = this.#text(failure, time);
    const disk = this.#disk;
    await disk.mkdir(this.#folder);
    await this.#makeRoom();
    const part = partOf(file);
    try {
      await disk.write(part, text);
      await disk.rename(part, file);
    } catch (error) {
      await disk.remove(part).catch(() => {});
      throw error;
    }
    this.#leftOut -= leftOut;
  }

  #text(failure: Failure, time: Date): string {
    return failureRecording({ ...failure, suppressed: failure.suppressed + this.#leftOut }, time);
  }

  readonly #writeNow = (): void => {
    for (const { failure, time, file } of this.#jobs) {
      try {
        this.#disk.writeNow(this.#folder, file, this.#text(failure, time));
      } catch {
        return; // nobody hears a warning any more
      }
    }
  };

  /** Removes the oldest file of the kind that has the most: many failures of one kind must not push out the one of another. */
  async #makeRoom(): Promise<void> {
    const names = (await this.#disk.readdir(this.#folder)).filter((name) => NAME.test(name)).sort();
    for (let over = names.length - MAX_FAILURE_FILES + 1; over > 0; over--) {
      const oldest = oldestOfMost(names);
      names.splice(names.indexOf(oldest), 1);
      await this.#disk.remove(join(this.#folder, oldest));
    }
  }
}

/** The first name of the kind that has most of them. */
function oldestOfMost(names: readonly string[]): string {
  const byKind = new Map<string, string[]>();
  for (const name of names) {
    const kind = NAME.exec(name)?.[1] ?? '';
    byKind.set(kind, [...(byKind.get(kind) ?? []), name]);
  }
  const most = [...byKind.values()].reduce((longest, each) =>
    each.length > longest.length ? each : longest,
  );
  return most[0] as string;
}
