/** Serves the page of the debugger, what it pulls, and what it and other processes send; on loopback only. */

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { URL, URLSearchParams } from 'node:url';
import { messageOfThrown } from '../base/thrown.js';
import { ListenError } from '../protocol/errors.js';
import { listenReasonOf } from '../transport/network-errors.js';
import { MACHINES } from './all-machines.js';
import { ask, namesIn } from './asks.js';
import { FeedSource, type FeedTitle } from './feed-source.js';
import { answerJson, bodyOf, isForUs, refusalOfPost, refuse, SECURITY_HEADERS } from './http.js';
import type { InspectorHub } from './hub.js';
import type { ReadRecording } from './index.js';
import { Joined } from './joined.js';

const HOST = '127.0.0.1';
/** Far more than a device takes in one frame. */
const MAX_ASK_BYTES = 4 * 1024 * 1024;
/** A batch of entries, each of which shows at most some kilobytes. */
const MAX_ENTRIES_BYTES = 32 * 1024 * 1024;
/** As much as the page keeps of a long recording, and more. */
const MAX_RECORDING_BYTES = 256 * 1024 * 1024;

/** What is served besides the entries. */
interface Served extends FeedTitle {
  /** Reads recordings that the page cannot read; null: they cannot be read here. */
  readonly readRecording: ((text: string) => ReadRecording) | null;
}

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  '/debugger.css': ['debugger.css', 'text/css; charset=utf-8'],
  '/debugger.js': ['debugger.js', 'text/javascript; charset=utf-8'],
  ...Object.fromEntries(
    Object.keys(MACHINES)
      .flatMap((name) => [`charts/${name}.svg`, `charts/simple/${name}.svg`])
      .map((file) => [`/${file}`, [file, 'image/svg+xml'] as const]),
  ),
};

/**
 * Opens the server; resolves when its page can be opened.
 *
 * @param hub what is shown
 * @param port the port; 0 lets the system choose
 * @param served what a page shows about the debugger itself, and what it can read
 * @param folder where the files of the page are
 */
export function serveInspector(
  hub: InspectorHub,
  port: number,
  served: Served,
  folder: URL,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const pages = new PageServer(hub, served, folder);
  const server = createServer((request, response) => {
    // the program that is watched must not end because of what a browser asks for, or because a file of the page is gone
    pages.answer(request, response).catch((error: unknown) => failed(response, error));
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ListenError(`${HOST}:${port}`, listenReasonOf(error), error.message, error)),
    );
    server.listen(port, HOST, () => {
      const bound = server.address();
      const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
      resolve({
        url: `http://${HOST}:${boundPort}/`,
        close: () =>
          new Promise((closed) => {
            pages.close();
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** Answers each request. */
class PageServer {
  readonly #hub: InspectorHub;
  readonly #feed: FeedSource;
  readonly #joined: Joined;
  readonly #readRecording: Served['readRecording'];
  readonly #folder: URL;

  constructor(hub: InspectorHub, served: Served, folder: URL) {
    this.#hub = hub;
    this.#feed = new FeedSource(hub, served);
    this.#joined = new Joined(hub, served.startedAt ?? Date.now());
    this.#readRecording = served.readRecording;
    this.#folder = folder;
  }

  close(): void {
    this.#feed.close();
    this.#joined.close();
  }

  /** @throws (rejects) for what is unexpected */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isForUs(request))
      return refuse(response, {
        httpStatus: 403,
        code: 'wrong-host',
        error: 'Only requests for 127.0.0.1 or localhost are answered',
      });
    // not resolved against anything: `//` is a path here, and would be half an address
    const [pathname = '', query = ''] = (request.url ?? '/').split('?', 2);
    const searchParams = new URLSearchParams(query);
    switch (pathname) {
      case '/feed':
        return this.#feed.answer(searchParams, response);
      case '/names':
        return this.#answerNames(searchParams.get('group') ?? '', response);
      case '/requests':
        return this.#answerAsk(request, response);
      case '/entries':
        return this.#takeEntries(request, response);
      case '/recordings':
        return this.#convertRecording(request, response);
      default:
        this.#answerFile(pathname, response);
    }
  }

  #answerFile(pathname: string, response: ServerResponse): void {
    const [file, type] = (Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined) ?? [];
    if (file === undefined || type === undefined)
      return refuse(response, { httpStatus: 404, code: 'not-found', error: 'There is no such file' });
    const content = readFileSync(new URL(file, this.#folder));
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type });
    response.end(content);
  }

  #answerNames(group: string, response: ServerResponse): void {
    const names = namesIn(this.#hub, group);
    if (names !== null) return answerJson(response, 200, names);
    refuse(response, {
      httpStatus: 404,
      code: 'no-such-session',
      error: `There is no session ${JSON.stringify(group)} here whose names are known`,
    });
  }

  async #answerAsk(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOfPost(request, 'application/json', true);
    if (refusal !== null) return refuse(response, refusal);
    const text = await bodyOf(request, MAX_ASK_BYTES);
    if (text === null) return refuse(response, tooLong(MAX_ASK_BYTES));
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return refuse(response, { httpStatus: 400, code: 'bad-request', error: 'The body is not JSON' });
    }
    const outcome = await ask(this.#hub, body, (group, request) => this.#joined.ask(group, request));
    answerJson(response, outcome.httpStatus, outcome.body);
  }

  async #convertRecording(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOfPost(request, 'application/x-ndjson', true);
    if (refusal !== null) return refuse(response, refusal);
    if (this.#readRecording === null) {
      // only the debugger of the command line reads recordings of proxies; a browser would log an error as one of the page
      response.writeHead(204, SECURITY_HEADERS).end();
      return;
    }
    const text = await bodyOf(request, MAX_RECORDING_BYTES);
    if (text === null) return refuse(response, tooLong(MAX_RECORDING_BYTES));
    try {
      answerJson(response, 200, this.#readRecording(text));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      refuse(response, { httpStatus: 422, code: 'unreadable', error: why });
    }
  }

  async #takeEntries(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOfPost(request, 'application/x-ndjson', false);
    if (refusal !== null) return refuse(response, refusal);
    const text = await bodyOf(request, MAX_ENTRIES_BYTES);
    if (text === null) return refuse(response, tooLong(MAX_ENTRIES_BYTES));
    const taken = this.#joined.take(text);
    if ('error' in taken) refuse(response, { httpStatus: 400, code: 'bad-request', error: taken.error });
    else answerJson(response, 200, taken);
  }
}

/** Says that a request could not be answered, as far as that can still be said. */
function failed(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  refuse(response, { httpStatus: 500, code: 'failed', error: messageOfThrown(error) });
}

function tooLong(most: number) {
  return { httpStatus: 413, code: 'too-long', error: `The body has more than ${most} bytes, or broke off` };
}
