/** `shell`: an interactive prompt on one connection. */

import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { TimeoutError, textOfThrown } from '../errors.js';
import type { Session } from '../session/session.js';
import { stringifyJson } from '../wire/json.js';
import { parseDataId, parseJsonArgument, UsageError } from './arguments.js';
import type { Io } from './io.js';
import { fieldsOf, jsonLine } from './item-lines.js';

interface ShellCommand {
  readonly usage: string;
  readonly what: string;
  readonly run: (session: Session, words: readonly string[], io: Io) => Promise<string>;
}

const json = (data: unknown): string => `${stringifyJson(data, { allowNan: true })}\n`;

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  read: {
    usage: 'read DATA_ID',
    what: 'read data',
    run: async (session, [id], { interrupted }) =>
      json(await session.read(parseDataId(id ?? ''), { signal: interrupted })),
  },
  write: {
    usage: 'write DATA_ID JSON',
    what: 'write data',
    run: async (session, [id, ...data], { interrupted }) =>
      json(
        await session.write(parseDataId(id ?? ''), parseJsonArgument(data.join(' ')), {
          signal: interrupted,
        }),
      ),
  },
  execute: {
    usage: 'execute DATA_ID [JSON]',
    what: 'let the peer execute something',
    run: async (session, [id, ...data], { interrupted }) =>
      json(
        await session.execute(
          parseDataId(id ?? ''),
          data.length === 0 ? null : parseJsonArgument(data.join(' ')),
          { signal: interrupted },
        ),
      ),
  },
  request: {
    usage: 'request SERVICE_ID DATA_ID [JSON]',
    what: 'ask any service that the session knows (service makes one known)',
    run: async (session, [service, id, ...data], { interrupted }) => {
      const value = data.length === 0 ? null : parseJsonArgument(data.join(' '));
      const answer = await session.request(parseDataId(service ?? ''), parseDataId(id ?? ''), value, {
        signal: interrupted,
      });
      return jsonLine(fieldsOf(answer));
    },
  },
  service: {
    usage: 'service REQUEST_ID RESPONSE_ID',
    what: 'make a service known',
    run: async (session, [request, response]) => {
      session.addService(parseDataId(request ?? ''), parseDataId(response ?? ''));
      return '';
    },
  },
  status: {
    usage: 'status',
    what: 'the connection and its counters',
    run: async (session) =>
      json({
        connected: session.isConnected(),
        trusted: session.isTrusted,
        peer: session.peerAddress ?? null,
        channel: session.channelName,
        ...session.counters,
      }),
  },
};

const ENDS = new Set(['exit', 'quit']);

/** Completes the name of a command. */
export function complete(line: string): [string[], string] {
  const names = [...Object.keys(COMMANDS), 'help', 'exit'];
  const fitting = names.filter((name) => name.startsWith(line));
  return [line.includes(' ') ? [] : fitting.map((name) => `${name} `), line];
}

/**
 * Runs one line of the shell.
 *
 * @returns what to print, or null where the line ends the shell
 */
export async function runLine(session: Session, line: string, io: Io): Promise<string | null> {
  const [name = '', ...words] = line.trim().split(/\s+/);
  if (name === '') return '';
  if (ENDS.has(name)) return null;
  if (name === 'help') return helpText();
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new UsageError(
      `expected one of ${Object.keys(COMMANDS).join(', ')}, help, exit; got ${JSON.stringify(name)}`,
    );
  return command.run(session, words, io);
}

function helpText(): string {
  const lines = Object.values(COMMANDS).map(({ usage, what }) => `  ${usage.padEnd(36)}${what}\n`);
  return `${lines.join('')}  ${'exit'.padEnd(36)}close the connection and end\n`;
}

/** Where lines come from and prompts go to. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  readonly isTerminal: boolean;
}

/** Reads lines until there are no more, or one says so; what is wrong with a line is told, and the next is read. */
export async function shell(session: Session, terminal: Terminal, io: Io): Promise<void> {
  const { input, output, isTerminal } = terminal;
  const lines = createInterface({
    input,
    output,
    terminal: isTerminal,
    completer: complete,
    historySize: 1_000,
  });
  const stop = (): void => lines.close();
  io.interrupted.addEventListener('abort', stop, { once: true });
  lines.on('SIGINT', stop);
  const lost = (reason: string): void => io.stderr(`the connection is lost: ${reason}\n`);
  session.on('disconnected', lost);
  if (isTerminal) lines.setPrompt('> ');
  if (isTerminal) lines.prompt();
  try {
    for await (const line of lines) {
      try {
        const text = await runLine(session, line, io);
        if (text === null) break;
        io.stdout(text);
      } catch (error) {
        const hint = error instanceof TimeoutError && !error.written ? ' (is there a connection?)' : '';
        io.stderr(`${error instanceof Error ? error.message : textOfThrown(error)}${hint}\n`);
      }
      if (isTerminal) lines.prompt();
    }
  } finally {
    lines.close();
    session.off('disconnected', lost);
    io.interrupted.removeEventListener('abort', stop);
  }
}
