/** A process of its own that hunts until it finds something: `hunt-process.js FIRST_SEED COUNT`, one line of JSON out. */

import { huntShares } from './hunt.js';

const [firstSeed = 1, count = 1] = process.argv.slice(2).map(Number);
const broken = await huntShares({ firstSeed, count, stopsAtFirst: true });
console.log(JSON.stringify(broken[0] ?? null));
