/** Writes the reports of a run; whether they can be written is known before the run. */

import { accessSync, closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { fileFault } from '../files.js';
import type { ReportFile } from './report.js';

/**
 * Checks that a file can be written; leaves its content alone.
 *
 * @throws UsageError where it cannot
 */
export function assertWritable(file: string): void {
  attempt(file, () => closeSync(openSync(file, 'a')));
}

/**
 * Writes a file.
 *
 * @throws UsageError where it cannot be written
 */
export function writeReport(file: string, content: string): void {
  attempt(file, () => writeFileSync(file, content));
}

/**
 * Makes a folder, unless it is there.
 *
 * @throws UsageError where that is impossible, or nothing can be written into it
 */
export function makeFolder(folder: string): void {
  attempt(folder, () => {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  });
}

/** Writes files into a folder; throws UsageError where one cannot be written. */
export function writeReports(folder: string, files: readonly ReportFile[]): void {
  for (const { name, content } of files) writeReport(`${folder}/${name}`, content);
}

function attempt(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new UsageError(`Could not write ${JSON.stringify(path)}: ${fileFault(error)}`);
  }
}
