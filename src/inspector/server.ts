/** Serves the page of the debugger and its stream, on loopback only. */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { URL } from 'node:url';
import { ListenError } from '../protocol/errors.js';
import { listenReasonOf } from '../transport/network-errors.js';
import { MACHINES } from './charts.js';
import type { InspectorHub } from './hub.js';

const HOST = '127.0.0.1';
/** The page loads nothing from anywhere else. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['debugger/index.html', 'text/html; charset=utf-8'],
  '/icon.svg': ['debugger/icon.svg', 'image/svg+xml'],
  '/debugger.css': ['debugger/debugger.css', 'text/css; charset=utf-8'],
  ...Object.fromEntries(
    [
      'bytes',
      'chart-view',
      'debugger',
      'detail-view',
      'dom',
      'explain',
      'explain-drops',
      'explain-messages',
      'explain-notes',
      'explain-secrets',
      'listing',
      'log-view',
      'model',
      'sequence-view',
      'side-view',
      'timeline',
    ].map((name) => [`/${name}.js`, [`debugger/${name}.js`, 'text/javascript; charset=utf-8'] as const]),
  ),
  ...Object.fromEntries(
    Object.keys(MACHINES).map((name) => [`/charts/${name}.svg`, [`${name}.svg`, 'image/svg+xml'] as const]),
  ),
};

/**
 * Opens the server; resolves when its page can be opened.
 *
 * @param hub what is shown
 * @param port the port; 0 lets the system choose
 * @param page its title, and how many entries it keeps
 * @param folder where its files are
 */
export function serveInspector(
  hub: InspectorHub,
  port: number,
  page: { readonly title: string; readonly maxHistory: number },
  folder: URL,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const source = new Source(hub, page);
  const server = createServer((request, response) => answer(request, response, source, folder));
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
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function answer(request: IncomingMessage, response: ServerResponse, source: Source, folder: URL): void {
  // a foreign page whose name was made to point here (DNS rebinding) must not read along
  if (!isLoopback(request.headers.host)) {
    response.writeHead(403, SECURITY_HEADERS).end('Only requests for 127.0.0.1 or localhost are answered');
    return;
  }
  if (request.url === '/events') return source.stream(request, response);
  const [file, type] = FILES[request.url ?? ''] ?? [];
  if (file === undefined || type === undefined) {
    response.writeHead(404, SECURITY_HEADERS).end('No such file');
    return;
  }
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type });
  response.end(readFileSync(new URL(file, folder)));
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host);
}

/** The stream of server-sent events, so that a page that was away continues where it was. */
class Source {
  readonly #hub: InspectorHub;
  readonly #page: object;
  /** A page that has seen another program at this address starts over. */
  readonly #id = randomUUID();

  constructor(hub: InspectorHub, page: object) {
    this.#hub = hub;
    this.#page = page;
  }

  stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream' });
    response.write(event('hello', { source: this.#id, ...this.#page }));
    const subscription = this.#hub.subscribe(
      {
        take: (entry) =>
          response.write(`id: ${this.#id} ${entry.number}\ndata: ${JSON.stringify(entry)}\n\n`),
        leftOut: (count) => void response.write(event('left-out', { count })),
      },
      this.#lastSeenBy(request),
    );
    response.on('drain', () => subscription.resume());
    request.on('close', () => subscription.end());
  }

  #lastSeenBy({ headers }: IncomingMessage): number {
    const [id, number] = String(headers['last-event-id'] ?? '').split(' ');
    return id === this.#id && /^\d{1,15}$/.test(number ?? '') ? Number(number) : 0;
  }
}

function event(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
