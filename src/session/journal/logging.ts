/**
 * Logs in the original's words, to any logger (protocol.md sections 3 and 4).
 *
 * Text from a peer is quoted before it gets here, so that it cannot end a line and forge the next.
 */

import { warnOfThrown } from '../../base/thrown.js';
import { type Failed, watchResult } from '../../base/user-code.js';

/** Levels on the scale of Python's logging. */
export const LOG_LEVEL = Object.freeze({ debug: 10, info: 20, warning: 30, error: 40 });

/** The names of the levels, from the one that takes most; `silent` takes nothing. */
export const LOG_LEVEL_NAMES = Object.freeze(['debug', 'info', 'warn', 'error', 'silent'] as const);

/** The least level that is logged. */
export type LogLevelName = (typeof LOG_LEVEL_NAMES)[number];

type LogMethod = (...args: never[]) => unknown;

/**
 * Any logger with some of these four methods: pino, winston, bunyan, `console`, or `{ warn, error }`; lines of a level whose
 * method is missing are left out. For a logger with `child`, each logger name becomes a child, under the key `name`; for
 * others the name is put before each text. A method that throws or rejects is a warning of the process.
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * await using session = await connect({ port: 17017, logger: console, logLevel: 'info' });
 * ```
 */
export interface Logger {
  debug?: LogMethod | undefined;
  info?: LogMethod | undefined;
  warn?: LogMethod | undefined;
  error?: LogMethod | undefined;
  child?: LogMethod | undefined;
}

/** The methods of a logger, one for each level. */
export const LOG_METHODS = Object.freeze(['debug', 'info', 'warn', 'error'] as const);

type LogMethodName = (typeof LOG_METHODS)[number];

/** Which levels are logged. */
export type LogLevels = Readonly<Record<LogMethodName, boolean>>;

/**
 * Which levels are logged: from a level up, as far as the logger has methods for them.
 *
 * @param logger the user's logger
 * @param least the least level
 */
export function logLevelsOf(logger: Logger | undefined, least: LogLevelName): LogLevels {
  const from = LOG_LEVEL_NAMES.indexOf(least);
  const takes = (method: LogMethodName): boolean =>
    LOG_METHODS.indexOf(method) >= from && typeof logger?.[method] === 'function';
  return { debug: takes('debug'), info: takes('info'), warn: takes('warn'), error: takes('error') };
}

/** One named logger: `socket_protocol.NAME` or `tcp_socket.NAME`. */
export type NamedLog = (level: number, text: string) => void;

type Write = Record<LogMethodName, (text: string) => unknown>;

/**
 * Makes a function that logs under a name.
 *
 * @param logger the user's logger
 * @param name the logger's name; already free of control characters
 * @param levels which levels are logged; all that the logger has methods for unless given
 */
export function namedLog(logger: Logger, name: string, levels = logLevelsOf(logger, 'debug')): NamedLog {
  const failed = (error: unknown): void => warnOfLogger(logger, error);
  const child = childOf(logger, name, failed);
  const target = (child ?? logger) as Write;
  const prefix = child === undefined ? `${name}: ` : '';
  return (level, text) => {
    const method = methodOf(level);
    if (!levels[method]) return;
    try {
      watchResult(target[method](`${prefix}${text}`), failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** A failing logger must not break the connection, and must not fail unseen. */
function warnOfLogger(logger: Logger, error: unknown): void {
  warnOfThrown('the logger threw', error, 'SP_LOGGER_FAILED', { scope: logger });
}

/** A child has the methods of its parent, or is none. */
function childOf(logger: Logger, name: string, failed: Failed): Logger | undefined {
  if (typeof logger.child !== 'function') return undefined;
  const make = logger.child as (bindings: object) => unknown;
  const thrown: unknown[] = [];
  // a child of bunyan keeps the name of its parent
  for (const bindings of [{ name }, { component: name }]) {
    try {
      const child = make.call(logger, bindings);
      watchResult(child, failed);
      return isChildOf(logger, child) ? child : undefined;
    } catch (error) {
      thrown.push(error);
    }
  }
  failed(thrown[0]);
  return undefined;
}

function isChildOf(logger: Logger, child: unknown): child is Logger {
  if ((typeof child !== 'object' && typeof child !== 'function') || child === null) return false;
  return LOG_METHODS.every(
    (method) => typeof logger[method] !== 'function' || typeof Reflect.get(child, method) === 'function',
  );
}

/** The name of a level. */
export function levelName(level: number): 'debug' | 'info' | 'warning' | 'error' {
  const method = methodOf(level);
  return method === 'warn' ? 'warning' : method;
}

/** The method of a logger that writes a level. */
export function methodOf(level: number): LogMethodName {
  if (level >= LOG_LEVEL.error) return 'error';
  if (level >= LOG_LEVEL.warning) return 'warn';
  return level >= LOG_LEVEL.info ? 'info' : 'debug';
}

/** Longer data is cut in a log line; the hex dump has all of it. */
const MAX_LOGGED_DATA_LENGTH = 1000;

/**
 * Data as Python's `repr` would show it: `None`, `True`, `'text'`.
 *
 * @param value data of a message
 */
export function pythonRepr(value: unknown): string {
  const text = repr(value, { left: MAX_LOGGED_DATA_LENGTH });
  return text.length > MAX_LOGGED_DATA_LENGTH ? `${text.slice(0, MAX_LOGGED_DATA_LENGTH)}…` : text;
}

function repr(value: unknown, budget: { left: number }): string {
  if (budget.left < 0) return '';
  budget.left -= 2;
  switch (typeof value) {
    case 'string':
      budget.left -= value.length;
      return quoted(value.slice(0, MAX_LOGGED_DATA_LENGTH + 1));
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      if (Number.isNaN(value)) return 'nan';
      return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
    case 'object':
      break;
    default:
      return value === undefined ? 'None' : String(value);
  }
  if (value === null) return 'None';
  if (Array.isArray(value))
    return `[${firstOf(value, budget)
      .map((item) => repr(item, budget))
      .join(', ')}]`;
  const names = firstOf(Object.keys(value), budget);
  return `{${names.map((name) => `${quoted(name)}: ${repr(Reflect.get(value, name), budget)}`).join(', ')}}`;
}

function firstOf<T>(items: T[], budget: { left: number }): T[] {
  return items.length > budget.left ? items.slice(0, Math.max(0, budget.left)) : items;
}

/** Control characters, line separators, lone surrogates and bidirectional marks: none of these reaches a log raw. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function quoted(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(UNPRINTABLE, escapeOf);
  return escaped.includes("'") && !escaped.includes('"')
    ? `"${escaped}"`
    : `'${escaped.replaceAll("'", "\\'")}'`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff
    ? `\\u${code.toString(16).padStart(4, '0')}`
    : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The longest name that is taken from a peer (protocol.md section 4). */
export const MAX_CHANNEL_NAME_LENGTH = 128;

/**
 * A peer's name as it may appear in a log: without control characters, and cut.
 *
 * @param name what the peer sent
 * @returns the name, or null where nothing is left of it
 */
export function cleanName(name: string): string | null {
  const clean = name.slice(0, 4 * MAX_CHANNEL_NAME_LENGTH).replace(UNPRINTABLE, '');
  return Array.from(clean).slice(0, MAX_CHANNEL_NAME_LENGTH).join('') || null;
}

/** Longer dumps are cut: a frame may have 16 MiB. */
const MAX_DUMPED_BYTES = 4096;

/**
 * Bytes as the original dumps them: `(74): 7b 22 …`.
 *
 * @param bytes a payload
 */
export function hexDump(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_DUMPED_BYTES));
  const hex = shown.toString('hex').replace(/../g, ' $&');
  return `(${bytes.length}):${hex}${bytes.length > MAX_DUMPED_BYTES ? ' …' : ''}`;
}
