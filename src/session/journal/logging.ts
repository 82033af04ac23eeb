/**
 * Logs in the original's words, to any logger (protocol.md sections 3 and 4).
 *
 * Text from a peer is quoted before it gets here, so that it cannot end a line and forge the next.
 */

/** Levels on the scale of Python's logging. */
export const LOG_LEVEL = Object.freeze({ debug: 10, info: 20, warning: 30, error: 40 });

type LogMethod = (...args: never[]) => unknown;

/**
 * Any logger with these four methods: pino, winston, bunyan, `console`. For a logger with `child`, each logger
 * name becomes a child, under the key `name`; for others the name is put before each text.
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 *
 * const session = await connect({ port: 17017, logger: console });
 * ```
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child?: LogMethod;
}

/** One named logger: `socket_protocol.NAME` or `tcp_socket.NAME`. */
export type NamedLog = (level: number, text: string) => void;

/**
 * Makes a function that logs under a name.
 *
 * @param logger the user's logger
 * @param name the logger's name; already free of control characters
 */
export function namedLog(logger: Logger, name: string): NamedLog {
  const child = childOf(logger, name);
  const target = (child ?? logger) as Record<'debug' | 'info' | 'warn' | 'error', (text: string) => unknown>;
  const prefix = child === undefined ? `${name}: ` : '';
  return (level, text) => {
    try {
      target[methodOf(level)](`${prefix}${text}`);
    } catch (error) {
      warnOfFailure(error);
    }
  };
}

/** A failing logger must not break the connection, and must not fail unseen. */
function warnOfFailure(error: unknown): void {
  process.emitWarning(
    `the logger threw: ${error instanceof Error ? error.message : 'no Error'}`,
    'SocketProtocolWarning',
  );
}

function childOf(logger: Logger, name: string): Logger | undefined {
  if (typeof logger.child !== 'function') return undefined;
  try {
    return (logger.child as (bindings: object) => Logger | undefined).call(logger, { name });
  } catch (error) {
    warnOfFailure(error);
    return undefined;
  }
}

/** The name of a level. */
export function levelName(level: number): 'debug' | 'info' | 'warning' | 'error' {
  const method = methodOf(level);
  return method === 'warn' ? 'warning' : method;
}

function methodOf(level: number): 'debug' | 'info' | 'warn' | 'error' {
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
