/** Runs the shell: reads lines and runs them, until there are no more. */

import { createInterface, type Interface } from 'node:readline/promises';
import type { Contract } from '../../contract/contract.js';
import type { Session } from '../../session/session.js';
import { errorFields, messageOf } from '../errors.js';
import type { Io } from '../io.js';
import { jsonLine } from '../output.js';
import { complete, runLine, type ShellContext } from './commands.js';
import { MAX_HISTORY_LINES, ShellHistory } from './history.js';
import { Names } from './names.js';
import { Prompt, type Terminal } from './prompt.js';

/** How the shell behaves. */
export interface ShellOptions {
  /** The address of the peer, for the prompt. */
  readonly peer: string;
  /** Its names can be typed. */
  readonly contract?: Contract | undefined;
  /** Whether answers and errors are printed as lines of JSON. */
  readonly isJson: boolean;
}

/**
 * Reads and runs lines until the input ends or one of them leaves the shell; after a line that fails it goes on.
 *
 * @param session the session that sends the requests
 * @param terminal where the lines come from
 * @throws (rejects) the reason of an interruption that came before an answer
 */
export async function runShell(
  session: Session,
  terminal: Terminal,
  { peer, contract, isJson }: ShellOptions,
  io: Io,
): Promise<void> {
  const names = new Names(session);
  if (contract !== undefined) names.learn(contract);
  const lines = openLines(terminal, names, io);
  const prompt = new Prompt({ session, lines, terminal, peer, io });
  const stop = (): void => {
    lines.close();
    prompt.cancel();
  };
  io.interrupted.addEventListener('abort', stop, { once: true });
  try {
    prompt.show();
    for await (const line of lines) {
      // lines that were read before the interruption do not run any more
      io.interrupted.throwIfAborted();
      const signal = prompt.hide();
      if (!(await runAndPrint(line, { session, names, isJson, signal }, io))) return;
      prompt.show();
    }
    prompt.endLine();
  } finally {
    lines.close();
    prompt.close();
    io.interrupted.removeEventListener('abort', stop);
  }
}

function openLines({ input, output, isTerminal }: Terminal, names: Names, io: Io): Interface {
  const history = isTerminal ? new ShellHistory(io) : undefined;
  const lines = createInterface({
    input,
    output,
    terminal: isTerminal,
    completer: (line: string) => complete(names, line),
    historySize: MAX_HISTORY_LINES,
    ...(history === undefined ? {} : { history: history.load() }),
  });
  // Node's declarations lack this event
  (lines as NodeJS.EventEmitter).on('history', (all: string[]) => history?.keep(all));
  return lines;
}

/** Runs a line and prints its result; false if it leaves the shell. */
async function runAndPrint(line: string, context: ShellContext, io: Io): Promise<boolean> {
  try {
    const text = await runLine(context, line);
    if (text === null) return false;
    io.stdout(text);
  } catch (error) {
    if (io.interrupted.aborted) throw error;
    const text = context.signal.aborted ? 'Interrupted' : messageOf(error);
    io.stderr(`${text}\n`);
    if (context.isJson) io.stdout(jsonLine(context.signal.aborted ? { error: text } : errorFields(error)));
  }
  return true;
}
