/** Runs simulated worlds in this process, and prints how many come to a second of its CPU time. */

import { pathToFileURL } from 'node:url';

const [folder, warmUpWorlds, worlds] = process.argv.slice(2);
const compiled = (path) => import(pathToFileURL(`${folder}/test/trust/simulation/${path}`).href);
const { hunt } = await compiled('hunt.js');
const { Tally } = await compiled('world.js');

const run = (firstSeed, count) => hunt({ firstSeed, count, tally: new Tally(), stopsAtFirst: false });
await run(1, Number(warmUpWorlds));
const before = process.cpuUsage();
const broken = await run(1 + Number(warmUpWorlds), Number(worlds));
const { user, system } = process.cpuUsage(before);
if (broken.length > 0) throw new Error(`expected no broken world, got ${JSON.stringify(broken)}`);
console.log((Number(worlds) / (user + system)) * 1e6);
process.exit();
