/** What can be said at the prompt of the shell. */

import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { Session } from '../../session/session.js';
import { parseJsonArgument, parseServiceId, UsageError } from '../arguments.js';
import { assertAskable, assertConnected } from '../commands/request.js';
import { fieldsOf, jsonLine, jsonText } from '../recording/item-lines.js';
import type { Names } from './shell-names.js';
import { splitTyped, typedWord, Words } from './shell-words.js';

/** What a line is about. */
export interface ShellContext {
  readonly session: Session;
  readonly names: Names;
  /** Whether lines of JSON are printed. */
  readonly isJson: boolean;
  /** Gives up what the line has asked for. */
  readonly signal: AbortSignal;
}

interface ShellCommand {
  readonly usage: string;
  readonly what: string;
  /** The names that fit the next argument. */
  complete?(names: Names, args: readonly string[]): readonly (readonly [id: number, name: string])[];
  run(context: ShellContext, words: Words): Promise<string> | string;
}

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  read: {
    usage: 'read DATA_ID',
    what: 'read data',
    complete: (names, { length }) => (length === 0 ? names.dataOf(SID_READ_REQUEST) : []),
    run: async ({ session, names, isJson, signal }, words) => {
      const dataId = names.dataId(SID_READ_REQUEST, words.take('DATA_ID'));
      words.end();
      assertConnected(session);
      return dataLine(await session.read(dataId, { signal }), isJson);
    },
  },
  write: {
    usage: 'write DATA_ID JSON',
    what: 'write data',
    complete: (names, { length }) => (length === 0 ? names.dataOf(SID_WRITE_REQUEST) : []),
    run: async ({ session, names, isJson, signal }, words) => {
      const dataId = names.dataId(SID_WRITE_REQUEST, words.take('DATA_ID'));
      const data = parseJsonArgument(words.takeRest('JSON'));
      assertConnected(session);
      return dataLine(await session.write(dataId, data, { signal }), isJson);
    },
  },
  execute: {
    usage: 'execute DATA_ID [JSON]',
    what: 'let the peer execute something',
    complete: (names, { length }) => (length === 0 ? names.dataOf(SID_EXECUTE_REQUEST) : []),
    run: async ({ session, names, isJson, signal }, words) => {
      const dataId = names.dataId(SID_EXECUTE_REQUEST, words.take('DATA_ID'));
      assertConnected(session);
      return dataLine(await session.execute(dataId, optionalJson(words), { signal }), isJson);
    },
  },
  request: {
    usage: 'request SERVICE_ID DATA_ID [JSON]',
    what: 'ask any service that is known (service makes one known)',
    complete: completeServiceAndData,
    run: async ({ session, names, signal }, words) => {
      const serviceId = names.serviceId(words.take('SERVICE_ID'));
      assertAskable(serviceId);
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      assertConnected(session);
      return jsonLine(fieldsOf(await session.request(serviceId, dataId, optionalJson(words), { signal })));
    },
  },
  service: {
    usage: 'service REQUEST_ID RESPONSE_ID [NAME]',
    what: 'make a service known',
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
    what: 'call data of a service by a name',
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
    what: 'call a status by a name',
    complete: (names, { length }) => (length === 0 ? names.statuses : []),
    run: ({ names }, words) => {
      const status = names.status(words.take('STATUS'));
      names.addStatus(status, lastWord(words));
      return '';
    },
  },
  statuses: {
    usage: 'statuses',
    what: 'the numbers and names of the statuses',
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
    what: 'the connection and its counters',
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
    what: 'this list',
    run: ({ isJson }, words) => {
      words.end();
      return [...Object.values(COMMANDS), EXIT]
        .map(({ usage, what }) => (isJson ? jsonLine({ usage, what }) : `  ${usage.padEnd(40)}${what}\n`))
        .join('');
    },
  },
};

const EXIT = { usage: 'exit', what: 'close the connection and end' };
const ENDS = new Set(['exit', 'quit']);

/** All first words, in the order of the help. */
const FIRST_WORDS = [...new Set([...Object.keys(COMMANDS), EXIT.usage].map((key) => key.replace(/ .*/, '')))];

/**
 * Runs one line of the shell.
 *
 * @param context what it is about
 * @param line what was typed
 * @returns what to print, or null where the line ends the shell
 * @throws (rejects) UsageError for what is no command, and as the requests of the session do
 */
export async function runLine(context: ShellContext, line: string): Promise<string | null> {
  const words = new Words(line);
  if (words.rest === '') return '';
  const first = words.take('');
  if (ENDS.has(first)) return null;
  const key = isGroup(first) ? `${first} ${words.takeIfAny() ?? ''}` : first;
  const command = Object.hasOwn(COMMANDS, key) ? COMMANDS[key] : undefined;
  if (command === undefined) throw new UsageError(noSuchCommand(first, key));
  return command.run(context, words.useFor(command.usage));
}

/**
 * Completes commands, and the names that fit the place.
 *
 * @param names the names that are known
 * @param line what has been typed
 * @returns what it may become, and the part of the line that each of them replaces
 */
export function complete(names: Names, line: string): [string[], string] {
  try {
    const { words, typed } = splitTyped(line);
    const fitting = candidates(names, words).filter(
      (each) => each.startsWith(typed) || typedWord(each).startsWith(typed),
    );
    return [fitting.map((each) => `${typedWord(each)} `), typed];
  } catch {
    return [[], line]; // what is wrong is told when the line is run
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

function noSuchCommand(first: string, key: string): string {
  if (!isGroup(first)) return `expected one of ${FIRST_WORDS.join(', ')}; got ${JSON.stringify(first)}`;
  const usages = Object.entries(COMMANDS).flatMap(([each, { usage }]) =>
    each.startsWith(`${first} `) ? [usage] : [],
  );
  return `expected ${usages.join(' or ')}, got ${JSON.stringify(key.trim())}`;
}

function optionalJson(words: Words): JsonValue {
  return words.rest === '' ? null : parseJsonArgument(words.takeRest('JSON'));
}

function lastWord(words: Words): string {
  const name = words.take('NAME');
  words.end();
  return name;
}

function dataLine(data: JsonValue, isJson: boolean): string {
  return isJson ? jsonLine({ data }) : `${jsonText(data)}\n`;
}
