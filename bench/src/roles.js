/** Measurements that start themselves again in other roles, each a process with a garbage collector to call. */

import { fork } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a process.
 *
 * @param file the script
 * @param args say which role it has
 * @returns `tell` sends a command and resolves with its answer, one at a time; `end` ends the process
 */
export function startRole(file, args) {
  const child = fork(file, args, { execArgv: ['--expose-gc'] });
  return {
    async tell(message) {
      child.send(message);
      return (await once(child, 'message'))[0];
    },
    end: () => child.disconnect(),
  };
}
