/** `npm run visualize`: draws all machines. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { pictures } from './pictures.js';

const folder = new URL(`file://${process.cwd()}/visualizations/`);
mkdirSync(new URL('simple/', folder), { recursive: true });
for (const [name, content] of await pictures()) {
  writeFileSync(new URL(name, folder), content);
  console.log(`visualizations/${name}`);
}
