/** `npm run architecture`: writes what docs/ARCHITECTURE.md has from the map, and draws docs/architecture.svg. */

import { readFileSync, writeFileSync } from 'node:fs';
import { readImports } from './imports.js';
import { mapOf } from './map.js';
import { withMap } from './page.js';
import { svgOf } from './svg.js';

const root = process.cwd();
const map = mapOf(readImports(root));
const page = `${root}/docs/ARCHITECTURE.md`;
writeFileSync(page, withMap(readFileSync(page, 'utf8'), map));
writeFileSync(`${root}/docs/architecture.svg`, await svgOf(map));
console.log('docs/ARCHITECTURE.md\ndocs/architecture.svg');
