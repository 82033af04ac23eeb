/** The commands of the shell, and their completion. */

import { SID_EXECUTE_REQUEST, SID_READ_REQUEST, SID_WRITE_REQUEST, STATUS_OKAY } from '../../protocol/ids.js';
import type { JsonValue } from '../../protocol/message.js';
import type { RequestOptions } from '../../session/request-options.js';
import { parseServiceId } from '../arguments.js';
import { UsageError } from '../errors.js';
import { fieldsOf, jsonLine } from '../output.js';
import { assertOkay } from '../requests.js';
import { checked, dataIn, type ShellContext, type ShellPeer, takeIds } from './context.js';
import type { Names } from './names.js';
import type { KeptName } from './names-file.js';
import { readData } from './read.js';
import { HELP_HINT, splitTyped, typedWord, Words } from './words.js';

interface ShellCommand {
  readonly usage: string;
  readonly what: string;
  /** The names that can come next, after some arguments. */
  complete?(names: Names, args: readonly string[]): readonly (readonly [id: number, name: string])[];
  run(context: ShellContext, words: Words): Promise<string> | string;
}

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  read: {
    usage: 'read DATA_ID…',
    what: 'read data, several together',
    complete: (names, typed) => names.dataOf(SID_READ_REQUEST).filter(([, name]) => !typed.includes(name)),
    run: readData,
  },
  write: dataCommand({
    serviceId: SID_WRITE_REQUEST,
    usage: 'write DATA_ID JSON',
    what: 'write data',
    takeData: (words) => words.takeRest('JSON'),
    send: (asked, dataId, data, how) => asked.write(dataId, data, how),
  }),
  execute: dataCommand({
    serviceId: SID_EXECUTE_REQUEST,
    usage: 'execute DATA_ID [JSON]',
    what: 'make the peer execute something',
    takeData: (words) => words.takeRestIfAny(),
    send: (asked, dataId, data, how) => asked.execute(dataId, data, how),
  }),
  request: {
    usage: 'request SERVICE_ID DATA_ID [JSON]',
    what: 'send a request to any service (register it with service)',
    complete: (names, args) => [...completeServiceAndData(names, args), ...completeEntry(names, args)],
    run: async (context, words) => {
      const { names, asked, signal, isScript, print } = context;
      const [serviceId, dataId] = takeIds(names, words);
      const data = await dataIn(words.takeRestIfAny(), context);
      const answer = await checked(context, names.entryOf(serviceId, dataId), data, async () => {
        const message = await asked.request(serviceId, dataId, data, { signal });
        // the data of a refusal is none of the contract
        return [message, message.status === STATUS_OKAY ? message.data : undefined];
      });
      print(jsonLine(fieldsOf(answer)));
      if (isScript) assertOkay(answer);
      return '';
    },
  },
  service: {
    usage: 'service REQUEST_ID RESPONSE_ID [NAME]',
    what: 'register a service',
    run: ({ names, namesFile }, words) => {
      const requestId = parseServiceId(words.take('REQUEST_ID'));
      const responseId = parseServiceId(words.take('RESPONSE_ID'));
      const name = words.takeIfAny();
      words.end();
      names.addService(requestId, responseId, name);
      namesFile?.keep({ request: requestId, response: responseId, name });
      return '';
    },
  },
  'name data': {
    usage: 'name data SERVICE_ID DATA_ID NAME',
    what: 'name data of a service',
    complete: completeServiceAndData,
    run: ({ names, namesFile }, words) => {
      const serviceId = names.serviceId(words.take('SERVICE_ID'));
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      const name = lastWord(words);
      names.addData(serviceId, dataId, name);
      namesFile?.keep({ service: serviceId, data: dataId, name });
      return '';
    },
  },
  'name status': {
    usage: 'name status STATUS NAME',
    what: 'name a status',
    complete: (names, { length }) => (length === 0 ? names.statuses : []),
    run: ({ names, namesFile }, words) => {
      const status = names.status(words.take('STATUS'));
      const name = lastWord(words);
      names.addStatus(status, name);
      namesFile?.keep({ status, name });
      return '';
    },
  },
  names: {
    usage: 'names',
    what: 'list the names that were given',
    run: ({ names, isJson }, words) => {
      words.end();
      return names.given.map((each) => (isJson ? jsonLine({ ...each }) : nameLine(each))).join('');
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
    run: ({ status }, words) => {
      words.end();
      return jsonLine(status());
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
  /** Takes the data of the request as it was typed, to the end of the line; empty: null. */
  takeData(words: Words): string;
  send(asked: ShellPeer, dataId: number, data: JsonValue, how: RequestOptions): Promise<JsonValue>;
}

/** A command for a built-in service: a data id, then data, and the data of the answer is printed. */
function dataCommand({ serviceId, usage, what, takeData, send }: DataCommand): ShellCommand {
  return {
    usage,
    what,
    complete: (names, { length }) => (length === 0 ? names.dataOf(serviceId) : []),
    run: async (context, words) => {
      const { asked, names, isJson, signal, shown } = context;
      const dataId = names.dataId(serviceId, words.take('DATA_ID'));
      const request = await dataIn(takeData(words), context);
      const entry = names.entryOf(serviceId, dataId);
      const data = await checked(context, entry, request, async () => {
        const answer = await send(asked, dataId, request, { signal });
        return [answer, answer];
      });
      const named = entry === undefined ? {} : { name: entry.name };
      return isJson ? jsonLine({ ...named, data }) : `${shown(data)}\n`;
    },
  };
}

/** A name of the contract stands where a service would. */
function completeEntry(names: Names, { length }: readonly string[]): ReturnType<Names['dataOf']> {
  return length === 0 ? names.entryNames.map((name) => [0, name] as const) : [];
}

function nameLine(each: KeptName): string {
  if ('request' in each)
    return `service ${each.request}, ${each.response}: ${JSON.stringify(each.name ?? null)}\n`;
  if ('status' in each) return `status ${each.status}: ${JSON.stringify(each.name)}\n`;
  return `data ${each.data} of service ${each.service}: ${JSON.stringify(each.name)}\n`;
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

function lastWord(words: Words): string {
  const name = words.take('NAME');
  words.end();
  return name;
}
