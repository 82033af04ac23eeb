/** `npm run docs:limits`: writes the table of limits into docs/reliability.md. */

import { readFileSync, writeFileSync } from 'node:fs';
import { withLimits } from './limits.js';

const path = new URL(`file://${process.cwd()}/docs/reliability.md`);
writeFileSync(path, withLimits(readFileSync(path, 'utf8')));
console.log('docs/reliability.md');
