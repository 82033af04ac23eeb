/**
 * The cases of bad input against the Python peer (E2): the same bytes on a real connection, the same wishes as commands.
 * The peer has no virtual time: where a case lets time pass, only what has a time-out of its own is waited for.
 */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { structJson } from '../../src/wire/index.js';
import { PythonPeer } from '../support/python-peer.js';
import { SECRET } from '../support/socket-puppet.js';
import { type BadInputCase, isPause, isWish, masked, type Reaction } from './support-bad-input.js';
import { PythonLine } from './support-python-line.js';

/** What can be seen of a peer from the other end of the connection, and by its user. */
export interface VisibleReaction {
  readonly answers: Reaction['answers'];
  readonly settles: Reaction['settles'];
  readonly closes: boolean;
}

/** A Python process and a way to get another connection to it. */
interface Process {
  readonly peer: PythonPeer;
  connection(): Promise<Socket>;
  end(): Promise<void>;
}

/** The Python processes of a run, one for each way to start them: starting takes a while. */
export class PythonPeers implements AsyncDisposable {
  readonly #processes = new Map<string, Process>();

  async reactionTo(each: BadInputCase): Promise<VisibleReaction> {
    const { peer, connection } = await this.#processFor(each);
    const socket = await connection();
    try {
      return await run(each, new PythonLine(socket, peer, each));
    } finally {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((each) => each.end()));
  }

  async #processFor(each: BadInputCase): Promise<Process> {
    const { role = 'server' } = each;
    const args = argumentsFor(each);
    const key = [role, ...args].join(' ');
    const known = this.#processes.get(key);
    if (known !== undefined) return known;
    const started = await (role === 'server' ? startServer(args) : startClient(args));
    this.#processes.set(key, started);
    return started;
  }
}

function argumentsFor({ state, options = {} }: BadInputCase): string[] {
  return [
    ...(state === 'no secret' ? [] : ['--secret', SECRET]),
    ...(typeof options.channelName === 'string' ? ['--channel', options.channelName] : []),
    ...(options.codec === structJson ? ['--struct'] : []),
  ];
}

async function startServer(args: string[]): Promise<Process> {
  const peer = await PythonPeer.server(...args);
  return {
    peer,
    connection: async () => {
      const socket = connect(peer.port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
    end: () => peer[Symbol.asyncDispose](),
  };
}

async function startClient(args: string[]): Promise<Process> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const next = async (): Promise<Socket> => (await once(server, 'connection'))[0] as Socket;
  const [first, peer] = [next(), PythonPeer.client((server.address() as { port: number }).port, ...args)];
  (await first).destroy();
  return {
    peer,
    connection: async () => {
      const connection = next();
      await peer.command('reconnect');
      return await connection;
    },
    end: async () => {
      await peer[Symbol.asyncDispose]();
      server.close();
    },
  };
}

async function run(each: BadInputCase, line: PythonLine): Promise<VisibleReaction> {
  await line.begin(each);
  const begun = line.heard.length;
  const wishes: { readonly settled: Promise<unknown>; readonly isBounded: boolean }[] = [];
  for (const step of each.input) {
    if (isWish(step)) wishes.push(await line.ask(step));
    else if (isPause(step)) await Promise.all(wishes.map((wish) => wish.isBounded && wish.settled));
    else await line.take(step);
  }
  await line.probe();
  const settles = wishes.map(({ settled }, i) => (each.settles?.[i] === 'pending' ? 'pending' : settled));
  return {
    answers: line.heard.slice(begun).map(masked),
    settles: await Promise.all(settles),
    closes: line.isClosed,
  };
}
