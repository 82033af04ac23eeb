import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterAll } from 'vitest';
import type { Io } from '../../src/cli/io.js';
import { listen, StatusError } from '../../src/index.js';
import { type Outcome, Running } from './command.js';

const SECRET = 'correct horse battery staple';
/** The environment of a shell that authenticates and keeps neither history nor names. */
export const SHELL_ENV = { SOCKET_PROTOCOL_SECRET: SECRET, SOCKET_PROTOCOL_HISTORY: '' };

/** Opens a server with something for each command of the shell, until the tests of a file are over. */
export async function openShellServer(): Promise<{ readonly address: string }> {
  const server = await listen({ port: 0, secret: SECRET }, (session) => {
    session.addService(100, 101);
    session.onRequest(100, 3, (data) => ({ got: data }));
    session.onRead(1, () => 'one');
    session.onRead(2, () => new Promise(() => {}));
    session.onRead(3, () => {
      throw new StatusError(1000);
    });
    session.onWrite(7, (data) => data);
    session.onExecute(2, (data) => data);
    session.onExecute(3, () => session.close());
  });
  afterAll(() => server.close());
  return { address: `127.0.0.1:${server.port}` };
}

/** A shell whose lines come from a pipe. */
export function pipedShell(
  address: string,
  lines: string,
  {
    options = [],
    env = SHELL_ENV,
    ...world
  }: { readonly options?: readonly string[] } & Partial<Pick<Io, 'env' | 'clock'>> = {},
): Promise<Outcome> {
  const input = new PassThrough();
  input.end(lines);
  const terminal = { input, output: new PassThrough(), isTerminal: false };
  return new Running(['shell', address, ...options], { env, terminal, ...world }).outcome();
}

/** A shell on a terminal, and the keyboard in front of it. */
export class Typing {
  readonly command: Running;
  /** Everything that the terminal got. */
  raw = '';
  readonly #input = new PassThrough();
  #shown = '';
  #look: () => void = () => {};

  constructor(address: string, env: Io['env'] = SHELL_ENV, world: Partial<Io> = {}) {
    const output = new PassThrough();
    output.on('data', (chunk) => {
      this.raw += String(chunk);
      this.#shown += stripVTControlCharacters(String(chunk));
      this.#look();
    });
    const terminal = { input: this.#input, output, isTerminal: true };
    this.command = new Running(['shell', address], { env, terminal, ...world });
  }

  /** Resolves when the terminal shows a text that it had not shown before the last call. */
  shows(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        const at = this.#shown.indexOf(text);
        if (at < 0) return;
        this.#shown = this.#shown.slice(at + text.length);
        this.#look = () => {};
        resolve();
      };
      this.#look();
    });
  }

  type(keys: string): void {
    this.#input.write(keys);
  }

  /** Types a line, and waits for the prompt after it. */
  async line(text: string): Promise<void> {
    this.type(`${text}\r`);
    await this.shows('> ');
  }

  /** Clears the line, and leaves with Ctrl-D. */
  leave(): Promise<Outcome> {
    this.type('\u0015\u0004');
    return this.command.outcome();
  }
}
