/** Prints what an actor of XState's costs that is spawned for a request: `actors-process.js IN_FLIGHT`. */

import { pendingRequestMachine } from '../../dist/machines/index.js';
import { spawnedActorUs } from './spawned-actors.js';

console.log(spawnedActorUs(pendingRequestMachine, Number(process.argv[2])));
