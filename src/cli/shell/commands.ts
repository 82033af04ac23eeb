/** The commands of the shell, and their completion. */

import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { RequestOptions } from '../../session/request-options.js';
import type { Session } from '../../session/session.js';
import { parseJsonArgument, parseServiceId } from '../arguments.js';
import { UsageError } from '../errors.js';
import { fieldsOf, jsonLine, jsonText } from '../output.js';
import { assertConnected, assertNotReserved } from '../requests.js';
import type { Names } from './names.js';
import { HELP_HINT, splitTyped, typedWord, Words } from './words.js';

/** What a line runs with. */
export interface ShellContext {
  readonly session: Session;
  readonly names: Names;
  /** Whether the result is lines of JSON. */
  readonly isJson: boolean;
  /** Cancels the request of the line. */
  readonly signal: AbortSignal;
}

interface ShellCommand {
  readonly usage: string;
  readonly what: string;
  /** The names that can come next, after some arguments. */
  complete?(names: Names, args: readonly string[]): readonly (readonly [id: number, name: string])[];
  run(context: ShellContext, words: Words): Promise<string> | string;
}

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  read: dataCommand({
    serviceId: SID_READ_REQUEST,
    usage: 'read DATA_ID',
    what: 'read data',
    takeData: (words) => {
      words.end();
      return null;
    },
    send: (session, dataId, _, how) => session.read(dataId, how),
  }),
  write: dataCommand({
    serviceId: SID_WRITE_REQUEST,
    usage: 'write DATA_ID JSON',
    what: 'write data',
    takeData: (words) => parseJsonArgument(words.takeRest('JSON')),
    send: (session, dataId, data, how) => session.write(dataId, data, how),
  }),
  execute: dataCommand({
    serviceId: SID_EXECUTE_REQUEST,
    usage: 'execute DATA_ID [JSON]',
    what: 'make the peer execute something',
    takeData: optionalJson,
    send: (session, dataId, data, how) => session.execute(dataId, data, how),
  }),
  request: {
    usage: 'request SERVICE_ID DATA_ID [JSON]',
    what: 'send a request to any service (register it with service)',
    complete: completeServiceAndData,
    run: async ({ session, names, signal }, words) => {
      const serviceId = names.serviceId(words.take('SERVICE_ID'));
      assertNotReserved(serviceId);
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      const data = optionalJson(words);
      assertConnected(session);
      return jsonLine(fieldsOf(await session.request(serviceId, dataId, data, { signal })));
    },
  },
  service: {
    usage: 'service REQUEST_ID RESPONSE_ID [NAME]',
    what: 'register a service',
    run: ({ names }, words) => {
      const requestId = parseServiceId(words.take('REQUEST_ID'));
      const responseId = parseServiceId(words.take('RESPONSE_ID'));
      const name = words.takeIfAny();
      words.end();
      names.addService(requestId, responseId, name);
      return '';
    },
  },
  'name data': {
    usage: 'name data SERVICE_ID DATA_ID NAME',
    what: 'name data of a service',
    complete: completeServiceAndData,
    run: ({ names }, words) => {
      const serviceId = names.serviceId(words.take('SERVICE_ID'));
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      names.addData(serviceId, dataId, lastWord(words));
      return '';
    },
  },
  'name status': {
    usage: 'name status STATUS NAME',
    what: 'name a status',
    complete: (names, { length }) => (length === 0 ? names.statuses : []),
    run: ({ names }, words) => {
      const status = names.status(words.take('STATUS'));
      names.addStatus(status, lastWord(words));
      return '';
    },
  },
  statuses: {
    usage: 'statuses',
    what: 'list the statuses with their names',
    run: ({ names, isJson }, words) => {
      words.end();
      return names.statuses
        .map(([status, name]) =>
          isJson ? jsonLine({ status, name }) : `${String(status).padStart(4)}  ${name}\n`,
        )
        .join('');
    },
  },
  status: {
    usage: 'status',
    what: 'show the connection and its counters',
    run: ({ session }, words) => {
      words.end();
      return jsonLine({
        connected: session.isConnected(),
        trusted: session.isTrusted,
        peer: session.peerAddress ?? null,
        channel: session.channelName,
        ...session.counters,
      });
    },
  },
  help: {
    usage: 'help',
    what: 'show this list',
    run: ({ isJson }, words) => {
      words.end();
      return [...Object.values(COMMANDS), EXIT]
        .map(({ usage, what }) => (isJson ? jsonLine({ usage, what }) : `  ${usage.padEnd(40)}${what}\n`))
        .join('');
    },
  },
};

interface DataCommand {
  readonly serviceId: number;
  readonly usage: string;
  readonly what: string;
  /** Takes the data of the request, to the end of the line. */
  takeData(words: Words): JsonValue;
  send(session: Session, dataId: number, data: JsonValue, how: RequestOptions): Promise<JsonValue>;
}

/** A command for a built-in service: a data id, then data, and the data of the answer is printed. */
function dataCommand({ serviceId, usage, what, takeData, send }: DataCommand): ShellCommand {
  return {
    usage,
    what,
    complete: (names, { length }) => (length === 0 ? names.dataOf(serviceId) : []),
    run: async ({ session, names, isJson, signal }, words) => {
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      const request = takeData(words);
      assertConnected(session);
      const data = await send(session, dataId, request, { signal });
      return isJson ? jsonLine({ data }) : `${jsonText(data)}\n`;
    },
  };
}

const EXIT = { usage: 'exit', what: 'close the connection and leave' };
const ENDS = new Set(['exit', 'quit']);

/** All first words, in the order of the help. */
const FIRST_WORDS = [...new Set([...Object.keys(COMMANDS), EXIT.usage].map((key) => key.replace(/ .*/, '')))];

/**
 * Runs a line of the shell.
 *
 * @param context what it runs with
 * @param line what was typed
 * @returns what to print; null if the line leaves the shell
 * @throws (rejects) UsageError for a line that is not a command, and as the requests of the session do
 */
export async function runLine(context: ShellContext, line: string): Promise<string | null> {
  const words = new Words(line);
  if (words.rest === '') return '';
  const first = words.take('');
  if (ENDS.has(first)) return null;
  const key = isGroup(first) ? `${first} ${words.takeIfAny() ?? ''}` : first;
  const command = Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined;
  if (command === undefined) throw new UsageError(unknownCommand(first, key));
  return command.run(context, words.useFor(command.usage));
}

/**
 * Completes commands, and the names that can come next.
 *
 * @param names the known names
 * @param line what has been typed
 * @returns the candidates, and the part of the line that each of them replaces
 */
export function complete(names: Names, line: string): [string[], string] {
  try {
    const { words, typed } = splitTyped(line);
    const fitting = candidates(names, words).filter(
      (each) => each.startsWith(typed) || typedWord(each).startsWith(typed),
    );
    return [fitting.map((each) => `${typedWord(each)} `), typed];
  } catch {
    return [[], line]; // running the line will say what is wrong with it
  }
}

function candidates(names: Names, [first, second, ...args]: readonly string[]): readonly string[] {
  if (first === undefined) return FIRST_WORDS;
  if (!isGroup(first)) return namesFor(names, first, second === undefined ? [] : [second, ...args]);
  if (second !== undefined) return namesFor(names, `${first} ${second}`, args);
  return Object.keys(COMMANDS).flatMap((key) =>
    key.startsWith(`${first} `) ? [key.slice(first.length + 1)] : [],
  );
}

function namesFor(names: Names, key: string, args: readonly string[]): readonly string[] {
  const command = Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined;
  return command?.complete?.(names, args).map(([, name]) => name) ?? [];
}

function completeServiceAndData(
  names: Names,
  [service, ...more]: readonly string[],
): ReturnType<Names['dataOf']> {
  if (service === undefined) return names.services;
  return more.length === 0 ? names.dataOf(names.serviceId(service)) : [];
}

/** Whether more than one command begins with a word. */
function isGroup(first: string): boolean {
  return Object.keys(COMMANDS).some((key) => key.startsWith(`${first} `));
}

function unknownCommand(first: string, key: string): string {
  const unknown = `Unknown command ${JSON.stringify(key.trim())}`;
  if (!isGroup(first)) return `${unknown}; ${HELP_HINT}`;
  const usages = Object.entries(COMMANDS).flatMap(([each, { usage }]) =>
    each.startsWith(`${first} `) ? [usage] : [],
  );
  return `${unknown}; usage: ${usages.join(', or ')}`;
}

function optionalJson(words: Words): JsonValue {
  return words.rest === '' ? null : parseJsonArgument(words.takeRest('JSON'));
}

function lastWord(words: Words): string {
  const name = words.take('NAME');
  words.end();
  return name;
}
