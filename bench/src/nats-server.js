/** A server of NATS on a free port of this machine, in a process of its own. */

import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { canPin } from './cores.js';

/** Whether there is one on the PATH. */
export const hasNatsServer = spawnSync('nats-server', ['--version']).status === 0;

/** How long it may take until it lets clients in. */
const DEADLINE_MS = 30_000;

/**
 * Starts one.
 *
 * @param core where it runs, where processes can be pinned; undefined: anywhere
 * @returns its port, that of its monitor, what it has cost so far (`cpu`, microseconds), and how to end it
 */
export async function startNatsServer(core) {
  const args = ['nats-server', '-a', '127.0.0.1', '-p', '-1', '-m', '-1'];
  const [program, ...rest] = canPin && core !== undefined ? ['taskset', '-c', String(core), ...args] : args;
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  const log = await new Promise((resolve, reject) => {
    let text = '';
    const fail = () => reject(new Error(`nats-server does not start:\n${text}`));
    const timer = setTimeout(fail, DEADLINE_MS);
    child.once('exit', fail);
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (!text.includes('Server is ready')) return;
      clearTimeout(timer);
      child.off('exit', fail);
      resolve(text);
    });
  });
  const portOf = (what) => Number(new RegExp(`${what} 127\\.0\\.0\\.1:(\\d+)`).exec(log)?.[1]);
  return {
    port: portOf('client connections on'),
    monitorPort: portOf('http monitor on'),
    cpu: () => cpuOf(child.pid),
    end,
  };
}

/** CPU time of all threads of a process, in microseconds; zero where the system does not say. */
function cpuOf(pid) {
  try {
    const folder = `/proc/${pid}/task`;
    const nanoseconds = readdirSync(folder).map((task) =>
      Number(readFileSync(`${folder}/${task}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e3;
  } catch {
    return 0;
  }
}
