/** Sends what a hub collects to the debugger of another process, and goes on where it was when that was away. */

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { clearTimeout, setTimeout } from 'node:timers';
import { URL } from 'node:url';
import { warn } from '../base/warnings.js';
import { ConnectError, OptionError } from '../protocol/errors.js';
import { connectReasonOf, detailOf } from '../transport/network-errors.js';
import { ask, refusal } from './asks.js';
import type { InspectorHub } from './hub.js';
import { type JoinHeader, type JoinReceipt, SIGN_OF_LIFE_MS } from './joined.js';
import type { JoinAnswer, JoinAsk } from './joined-asks.js';
import type { Subscription } from './subscribers.js';

/** What comes in this time goes out together. */
const GATHER_MS = 100;
/** How often it looks whether the page asks something, where it may. */
const ASKABLE_MS = 250;
/** An answer that is sent on, in characters of JSON. */
const MAX_ANSWER_LENGTH = 1024 * 1024;
const TOO_LONG = 'The peer has answered, with more than a megabyte: too much for a page of another process';
/** How long a debugger may take to answer. */
const ANSWER_MS = 5_000;
/** What waits to be sent, at most; the rest waits in the history of the hub. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** What joins. */
export interface Joining {
  readonly hub: InspectorHub;
  /** The address of the page of the other debugger. */
  readonly url: string;
  /** What this process is called there. */
  readonly process: string;
  /** When the hub was opened, in milliseconds of the epoch. */
  readonly startedAt: number;
}

/** A process that has joined. */
export interface Join {
  /** Sends what is left, and ends. */
  close(): Promise<void>;
}

/**
 * Joins another debugger.
 *
 * @throws (rejects) ConnectError where there is none, OptionError for what is no address of one
 */
export async function joinDebugger(joining: Joining): Promise<Join> {
  const sender = new Sender(joining);
  await sender.open();
  return sender;
}

class Sender implements Join {
  readonly #joining: Joining;
  readonly #url: URL;
  readonly #id = randomUUID();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #subscription: Subscription | null = null;
  /** Lines that wait, or are on their way; they stay until the other side has them. */
  #batch: string[] = [];
  #batchBytes = 0;
  /** What came of requests of the page; they stay until the other side has them. */
  #answers: JoinAnswer[] = [];
  #missed = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #lastSentMs = performance.now();
  #isAway = false;
  #isClosed = false;

  constructor(joining: Joining) {
    this.#joining = joining;
    this.#url = entriesUrl(joining.url);
  }

  async open(): Promise<void> {
    await this.#post([], { isOver: false, isAwaited: true });
    this.#subscription = this.#joining.hub.subscribe({
      take: (entry) => {
        const line = JSON.stringify(entry);
        this.#batch.push(line);
        this.#batchBytes += line.length;
        return this.#batchBytes < MAX_BATCH_BYTES;
      },
      leftOut: (count) => void (this.#missed += count),
    });
    this.#wait(GATHER_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#subscription?.end();
    try {
      await this.#post(this.#batch, { isOver: true, isAwaited: true });
    } catch {
      // that it is away was told when it went
    }
    this.#agent.destroy();
  }

  #wait(ms: number): void {
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#send(), ms).unref();
  }

  async #send(): Promise<void> {
    const isQuiet = this.#batch.length + this.#answers.length === 0;
    // what the page asks comes with what it answers
    const pauseMs = this.#joining.hub.groups.canSend ? ASKABLE_MS : SIGN_OF_LIFE_MS;
    if (isQuiet && performance.now() - this.#lastSentMs < pauseMs) return this.#wait(GATHER_MS);
    const count = this.#batch.length;
    const answers = this.#answers.length;
    try {
      const { asks } = await this.#post(this.#batch.slice(0, count), { isOver: false, isAwaited: false });
      this.#answers = this.#answers.slice(answers);
      for (const each of asks ?? []) void this.#ask(each);
    } catch (error) {
      if (!this.#isAway && !this.#isClosed) this.#warnAway(error);
      this.#isAway = true;
      return this.#wait(SIGN_OF_LIFE_MS);
    }
    this.#isAway = false;
    this.#lastSentMs = performance.now();
    this.#batch = this.#batch.slice(count);
    this.#batchBytes = this.#batch.reduce((sum, line) => sum + line.length, 0);
    this.#subscription?.resume();
    this.#wait(GATHER_MS);
  }

  /** Asks in a session here, where that is allowed. */
  async #ask({ id, ask: body }: JoinAsk): Promise<void> {
    const outcome = await ask(this.#joining.hub, body);
    const length = JSON.stringify(outcome).length;
    const fits = length <= MAX_ANSWER_LENGTH;
    this.#answers.push({ id, ...(fits ? outcome : refusal(413, 'too-long', TOO_LONG)) });
  }

  #warnAway(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    warn(
      'SP_DEBUGGER_AWAY',
      `the debugger that this process joined does not answer; entries are kept for it as far as there is room (${why})`,
      { scope: this },
    );
  }

  /** @param how whether these are the last, and whether the program waits for it: a debugger keeps no program alive */
  async #post(
    lines: readonly string[],
    { isOver, isAwaited }: { readonly isOver: boolean; readonly isAwaited: boolean },
  ): Promise<JoinReceipt> {
    const { process, startedAt } = this.#joining;
    const header: JoinHeader = {
      process,
      id: this.#id,
      startedAt,
      missed: this.#missed,
      isOver,
      answers: this.#answers,
    };
    const body = [JSON.stringify(header), ...lines].join('\n');
    const [status, text] = await this.#exchange(body, isAwaited);
    const receipt = status === 200 ? receiptIn(text) : null;
    if (receipt !== null) return receipt;
    throw new ConnectError(
      this.#url.host,
      'connect-failed',
      `there is no debugger of socket-protocol that can be joined (${answerIn(status, text)})`,
    );
  }

  #exchange(body: string, isAwaited: boolean): Promise<[status: number, text: string]> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(new ConnectError(this.#url.host, connectReasonOf(error), detailOf(error), error));
      const sent = request(
        this.#url,
        {
          method: 'POST',
          agent: this.#agent,
          timeout: ANSWER_MS,
          headers: { 'content-type': 'application/x-ndjson', 'content-length': Buffer.byteLength(body) },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            if (text.length < MAX_ANSWER) text += chunk;
          });
          response.on('end', () => resolve([response.statusCode ?? 0, text]));
          response.on('error', fail);
        },
      );
      sent.on('socket', (socket) => void (isAwaited ? socket.ref() : socket.unref()));
      sent.on('timeout', () => sent.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      sent.on('error', fail);
      sent.end(body);
    });
  }
}

/** A receipt has at most some requests of the page; what else may answer there is not read to its end. */
const MAX_ANSWER = 32 * 1024 * 1024;

function entriesUrl(text: string): URL {
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:')
    throw new OptionError(
      'join',
      'the address of the page of a debugger, such as http://127.0.0.1:8080/',
      JSON.stringify(text),
    );
  return new URL('/entries', text);
}

function receiptIn(text: string): JoinReceipt | null {
  try {
    const receipt = JSON.parse(text) as Partial<JoinReceipt> | null;
    return typeof receipt?.taken === 'number' ? (receipt as JoinReceipt) : null;
  } catch {
    return null;
  }
}

/** What came instead of a receipt: what a debugger says, or the status of something else. */
function answerIn(status: number, text: string): string {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    if (typeof error === 'string') return error.slice(0, 200);
  } catch {
    // it is no debugger
  }
  return `HTTP status ${status}`;
}
