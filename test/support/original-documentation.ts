import { readFileSync } from 'node:fs';

/** The public documentation of the original, as it was copied: some line breaks and names are lost. */
export const documentation = readFileSync(
  new URL('../interop/original/documentation.txt', import.meta.url),
  'utf8',
);

const OUTPUT = 'Will result to the following output:';

/** The two example programs as printed, one behind the other: first the client's. */
export const documentedPrograms = documentation.slice(
  documentation.indexOf('import sys'),
  documentation.indexOf(OUTPUT),
);

/** What the client of the examples prints: its log, and a line behind it. */
export const documentedOutput = documentation
  .slice(documentation.indexOf(OUTPUT))
  .split('\n')
  .filter((line) => /^\d{4}-|^The Client/.test(line));
