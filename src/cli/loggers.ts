/** Loggers that print: text for people, JSON for programs. */

import type { Logger } from '../session/journal/logging.js';
import { jsonLine } from './output.js';

/**
 * A logger that prints `LEVEL name: text`.
 *
 * @param write prints a line
 */
export function textLogger(write: (line: string) => void): Logger {
  return loggerOf((level, text) => write(`${level.toUpperCase().padEnd(7)} ${text}\n`));
}

/**
 * A logger that prints an object of `level`, `name` if there is one, and `text`.
 *
 * @param write prints a line
 */
export function jsonLogger(write: (line: string) => void, name?: string): Logger {
  const named = name === undefined ? {} : { name };
  return {
    ...loggerOf((level, text) => write(jsonLine({ level, ...named, text }))),
    child: (bindings: { readonly name: string }) => jsonLogger(write, bindings.name),
  };
}

function loggerOf(write: (level: string, text: string) => void): Logger {
  const at =
    (level: string) =>
    (text: string): void =>
      write(level, text);
  return { debug: at('debug'), info: at('info'), warn: at('warning'), error: at('error') };
}
