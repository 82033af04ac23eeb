/** A server and a client of one contender, each in a process of its own, pinned to a core where the system can. */

import { execFileSync, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** How long an answer of a process may take. */
const DEADLINE_MS = 60_000;
const canPin = hasTaskset();

/** The two ways to place a pair: where both share a core, throughput is one over the CPU time of both. */
export const PLACES = {
  one: { server: 0, client: 0 },
  two: { server: 0, client: Math.min(1, availableParallelism() - 1) },
};

/** Starts both. */
export async function openPair(file, place) {
  const server = start('server.js', [file], place.server);
  const { port } = await server.answer();
  const client = start('client.js', [file, String(port)], place.client);
  await client.answer();
  const ask = async (command, parameters = {}) => {
    client.child.send({ command, ...parameters });
    const { result, error } = await client.answer();
    if (error !== undefined) throw new Error(`${file}, ${command}: ${error}`);
    return result;
  };
  const askServer = (question) => {
    server.child.send(question);
    return server.answer();
  };
  /** Runs a command and adds what it cost the server. */
  const measure = async (command, parameters) => {
    const before = await askServer('cpu');
    const result = await ask(command, parameters);
    const after = await askServer('cpu');
    return { ...result, serverCpuUs: after.user + after.system - before.user - before.system };
  };
  const close = () => {
    server.child.kill('SIGKILL');
    client.child.kill('SIGKILL');
  };
  return { ask, measure, serverMemory: () => askServer('memory'), close };
}

function start(script, args, core) {
  const node = [process.execPath, '--expose-gc', fileURLToPath(new URL(script, import.meta.url)), ...args];
  const [command, ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node;
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const answer = () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${script} ${args[0]} does not answer`)), DEADLINE_MS);
      const done = (settle) => (value) => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        settle(value);
      };
      const onMessage = done(resolve);
      const onExit = done((code) => reject(new Error(`${script} ${args[0]} ended with ${code}`)));
      child.once('message', onMessage);
      child.once('exit', onExit);
    });
  return { child, answer };
}

function hasTaskset() {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // not Linux: the figures of one core mean nothing, and the table says so
  }
}

export { canPin };
