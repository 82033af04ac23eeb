/** `npm run visualize`: draws all machines. */

import { writeFileSync } from 'node:fs';
import { pictures } from './pictures.js';

const folder = new URL(`file://${process.cwd()}/visualizations/`);
for (const [name, content] of await pictures()) {
  writeFileSync(new URL(name, folder), content);
  console.log(`visualizations/${name}`);
}
