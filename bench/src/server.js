/** A server in a process of its own. */

import { load, serveCommands } from './process.js';

const { serve } = await load(process.argv[2]);
const { port } = await serve();
serveCommands({});
process.send({ port });
