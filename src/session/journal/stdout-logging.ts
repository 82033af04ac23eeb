import { describeKind } from '../../base/options.js';
import { OptionError } from '../../protocol/errors.js';
import { LOG_LEVEL_NAMES, type Logger, type LogLevelName } from './logging.js';

/** The names of Python's levels, aligned as the original prints them. */
const LEVELS = [
  ['debug', '   DEBUG'],
  ['info', '    INFO'],
  ['warn', ' WARNING'],
  ['error', '   ERROR'],
] as const;

/** What Python calls the levels. */
const PYTHON_LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

/**
 * A logger that prints to standard output what the original prints, in its format and order: the counterpart of
 * `report.stdoutLoggingConfigure(log_name_lvl=[('root', 'INFO')])`.
 *
 * @param level the least level that is printed, in Python's words or in those of `logLevel`: 'info'
 * @param write prints a line, which has its line break; standard output unless given
 * @throws OptionError for a level that does not exist
 *
 * @example
 * ```ts
 * import { PureJsonProtocol, stdoutLogging, TcpClientStp } from 'socket-protocol';
 *
 * const logger = stdoutLogging('info');
 * const protocol = new PureJsonProtocol(new TcpClientStp('', 17017), { channelName: 'example_client', logger });
 * ```
 */
export function stdoutLogging(
  level: LogLevelName | keyof typeof PYTHON_LEVELS = 'info',
  write: (line: string) => void = (line) => void process.stdout.write(line),
): Logger {
  const least = rankOf(level);
  const named = (name: string): Logger => {
    // one that prints nothing is a logger all the same
    const logger: Record<string, (text: string) => void> = { error: () => {} };
    for (const [method, padded] of LEVELS) {
      if (LOG_LEVEL_NAMES.indexOf(method) < least) continue;
      logger[method] = (text) => write(`${asctimeMs(new Date())}: ${padded} - ${name} - ${text}\n`);
    }
    return logger as Logger;
  };
  return { ...named('root'), child: ({ name }: { readonly name: string }) => named(name) };
}

function rankOf(level: unknown): number {
  const name = Object.entries(PYTHON_LEVELS).find(([python]) => python === level)?.[1] ?? level;
  const rank = LOG_LEVEL_NAMES.indexOf(name as LogLevelName);
  if (rank !== -1) return rank;
  throw new OptionError('level', `one of ${LOG_LEVEL_NAMES.join(', ')}`, describeKind(level));
}

/** The time as Python's logging writes it, in local time: `2025-02-02 00:00:44,607`. */
function asctimeMs(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}
