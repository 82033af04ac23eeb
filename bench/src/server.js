/** A server in a process of its own. */

import { load, serveCommands } from './process.js';

const { serve } = await load(process.argv[2]);
const { port } = await serve(...process.argv.slice(3).map(Number));
serveCommands({});
process.send({ port });
