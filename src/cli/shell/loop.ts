/** Runs the shell: reads lines and runs them, until there are no more. */

import { createInterface, type Interface } from 'node:readline/promises';
import type { Contract } from '../../contract/contract.js';
import type { Session } from '../../session/session.js';
import { dataOf } from '../data.js';
import { errorFields, messageOf, ToldError } from '../errors.js';
import { type About, tellError } from '../exit-code.js';
import { hintFor } from '../hints.js';
import type { Io } from '../io.js';
import { type Fields, jsonLine, jsonText, tell, warn } from '../output.js';
import { paintOnStderr } from '../paint.js';
import { paintedJson } from '../painted-json.js';
import { complete, runLine } from './commands.js';
import type { ShellContext, ShellPeer } from './context.js';
import { MAX_HISTORY_LINES, ShellHistory } from './history.js';
import { Names, type NamesHost } from './names.js';
import { NamesFile } from './names-file.js';
import { Prompt, type Terminal } from './prompt.js';

/** How the shell behaves. */
export interface ShellOptions {
  /** The address of the peer, for the prompt. */
  readonly peer: string;
  /** Its names can be typed, and data is checked. */
  readonly contract?: Contract | undefined;
  /** Whether answers and errors are printed as lines of JSON. */
  readonly isJson: boolean;
  /** Where names are kept; null: nowhere. */
  readonly namesPath: string | null;
  /** Whether lines that are not typed go on after one that fails. */
  readonly keepsGoing: boolean;
  /** How long a schema of the contract may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Whom the shell talks to. */
export interface ShellEnd {
  readonly asked: ShellPeer;
  /** Uses the names, too. */
  readonly names: NamesHost;
  /** Null where there is none: a device on NATS. */
  readonly session: Session | null;
}

/**
 * Reads and runs lines until the input ends or one of them leaves the shell. On a terminal it goes on after a line that fails;
 * otherwise that line is the last, unless `keepsGoing`.
 *
 * @param end whom it talks to
 * @param terminal where the lines come from
 * @throws (rejects) the reason of an interruption that came before an answer; without a terminal, ToldError with the first failure
 */
export async function runShell(
  end: ShellEnd,
  terminal: Terminal,
  options: ShellOptions,
  io: Io,
): Promise<void> {
  const { names, namesFile } = openNames(end.names, options, io);
  const lines = openLines(terminal, names, io);
  const prompt = new Prompt({ session: end.session, lines, terminal, peer: options.peer, io });
  const runner = new Runner(end, { names, namesFile }, terminal.isTerminal, options, io);
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
      if (!(await runner.run(line, prompt.hide()))) break;
      prompt.show();
    }
    if (!runner.isLeft) prompt.endLine();
  } finally {
    lines.close();
    prompt.close();
    io.interrupted.removeEventListener('abort', stop);
  }
  if (runner.failure !== null) throw runner.failure;
}

interface OpenNames {
  readonly names: Names;
  readonly namesFile: NamesFile | null;
}

function openNames(host: NamesHost, { contract, namesPath }: ShellOptions, io: Io): OpenNames {
  const names = new Names(host);
  if (contract !== undefined) names.learn(contract);
  const namesFile = namesPath === null ? null : new NamesFile(namesPath, io);
  const [leftOut, ...more] = namesFile === null ? [] : names.recall(namesFile.load());
  if (leftOut !== undefined) {
    const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
    warn(io, `Left out a name of ${JSON.stringify(namesPath)}: ${leftOut}${others}`);
  }
  return { names, namesFile };
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

/** Runs lines, and prints what comes of them. */
class Runner {
  readonly #context: Omit<ShellContext, 'signal'>;
  readonly #isTerminal: boolean;
  readonly #options: ShellOptions;
  readonly #io: Io;
  #line = 0;
  /** The first failure, where nobody types. */
  failure: ToldError | null = null;
  /** Whether a line left the shell. */
  isLeft = false;

  constructor(
    { asked, session }: ShellEnd,
    names: OpenNames,
    isTerminal: boolean,
    options: ShellOptions,
    io: Io,
  ) {
    const { peer, isJson, timeoutMs } = options;
    this.#isTerminal = isTerminal;
    this.#options = options;
    this.#io = io;
    this.#context = {
      ...names,
      asked,
      isJson,
      timeoutMs,
      isScript: !isTerminal,
      print: (text) => io.stdout(text),
      tellFailure: (error, about) => this.#tellFailure(error, about),
      readData: (typed) => dataOf(typed, io),
      shown: (data) => (isTerminal ? paintedJson(io, jsonText(data)) : jsonText(data)),
      status: () => (session === null ? { peer } : statusOf(session)),
      sending: () => {
        if (session === null || session.isConnected()) return;
        tell(io, 'waiting', `Not connected; the request waits for a connection, at most ${timeoutMs} ms`);
      },
    };
  }

  /**
   * Runs a line.
   *
   * @param signal cancels its request
   * @returns (a promise of) false if it is the last
   */
  async run(line: string, signal: AbortSignal): Promise<boolean> {
    this.#line++;
    try {
      const text = await runLine({ ...this.#context, signal }, line);
      this.isLeft = text === null;
      if (text === null) return false;
      this.#io.stdout(text);
      return this.#goesOn();
    } catch (error) {
      if (this.#io.interrupted.aborted) throw error;
      if (signal.aborted) this.#tellPerson('Interrupted', { error: 'Interrupted' });
      else this.#tellFailure(error);
      return this.#goesOn();
    }
  }

  #goesOn(): boolean {
    return this.failure === null || this.#options.keepsGoing;
  }

  #tellFailure(error: unknown, { text, fields }: About = { text: '', fields: {} }): void {
    if (this.#isTerminal)
      return this.#tellPerson(`${text}${messageOf(error)}${hintFor(error)}`, {
        ...fields,
        ...errorFields(error),
      });
    const line = this.#line;
    tellError(error, this.#io, { text: `Line ${line}: ${text}`, fields: { line, ...fields } });
    this.failure ??= new ToldError(error);
  }

  #tellPerson(text: string, fields: Fields): void {
    const io = this.#io;
    io.stderr(io.isJson === true ? jsonLine(fields) : `${paintOnStderr(io, 'trouble', text)}\n`);
  }
}

function statusOf(session: Session): Readonly<Record<string, unknown>> {
  return {
    connected: session.isConnected(),
    trusted: session.isTrusted,
    peer: session.peerAddress ?? null,
    channel: session.channelName,
    ...session.counters,
  };
}
