/** A server and a client of one contender, each in a process of its own, pinned to a core where the system can. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { canPin } from './cores.js';

/** How long an answer of a process may take. */
const DEADLINE_MS = 60_000;

/**
 * Starts both.
 *
 * @param place the cores of `server` and `client`
 */
export async function openPair(file, place) {
  const server = start('server.js', [file], place.server);
  const { port } = await server.answer();
  const client = start('client.js', [file, String(port)], place.client);
  await client.answer();
  const ask = (command, parameters) => client.ask({ command, ...parameters });
  const askServer = (command, parameters) => server.ask({ command, ...parameters });
  /** Runs a command and adds what it cost the server. */
  const measure = async (command, parameters) => {
    const before = await askServer('cpu');
    const result = await ask(command, parameters);
    return { ...result, serverCpuUs: (await askServer('cpu')) - before };
  };
  const close = () => {
    server.child.kill('SIGKILL');
    client.child.kill('SIGKILL');
  };
  return { file, ask, askServer, measure, close };
}

/** Runs something with a pair, which ends with it. */
export async function withPair(file, place, use) {
  const pair = await openPair(file, place);
  try {
    return await use(pair);
  } finally {
    pair.close();
  }
}

/** Starts a process that runs commands; `answer` waits for the next message, `ask` for that to a command. */
export function start(script, args, core) {
  const node = [process.execPath, '--expose-gc', fileURLToPath(new URL(script, import.meta.url)), ...args];
  const [program, ...rest] = canPin ? ['taskset', '-c', String(core), ...node] : node;
  const child = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
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
  const ask = async (question) => {
    child.send(question);
    const { result, error } = await answer();
    if (error !== undefined) throw new Error(`${args[0]}, ${question.command}: ${error}`);
    return result;
  };
  return { child, answer, ask };
}
