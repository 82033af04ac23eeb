/** A setup file of vitest: hands over which blocks were run when the tests of a file are done. */

import { writeFileSync } from 'node:fs';
import { afterAll } from 'vitest';
import { HITS } from './hits.js';

afterAll(() => {
  const hits = (globalThis as Record<string, unknown>)[HITS];
  const path = process.env['MUTATE_HITS'];
  if (path !== undefined) writeFileSync(path, JSON.stringify(hits instanceof Set ? [...hits] : []));
});
