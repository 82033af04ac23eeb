/** `npm run docs:limits`: writes the table of limits into docs/reliability.md, and that of warnings into docs/debugging.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { withLimits } from './limits.js';
import { withWarnings } from './warnings.js';

for (const [path, rewrite] of [
  ['docs/reliability.md', withLimits],
  ['docs/debugging.md', withWarnings],
] as const) {
  writeFileSync(path, rewrite(readFileSync(path, 'utf8')));
  console.log(path);
}
