import { writeSync } from 'node:fs';

/** Says on the terminal that a case could not be tried here, and why; a skipped test alone is easily overlooked. */
export function notice(fieldCase: string, why: string): void {
  writeSync(2, `\nNOT TRIED  ${fieldCase}: ${why}\n`);
}
