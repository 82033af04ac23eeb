/** Serves the page of the debugger and its stream, on loopback only. */

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ListenError } from '../errors.js';
import type { InspectorHub } from './hub.js';

const HOST = '127.0.0.1';
/** Everything comes from the page itself; nothing is asked from anywhere else. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['debugger/index.html', 'text/html; charset=utf-8'],
  '/debugger.js': ['debugger/debugger.js', 'text/javascript; charset=utf-8'],
  '/debugger.css': ['debugger/debugger.css', 'text/css; charset=utf-8'],
  ...Object.fromEntries(
    ['session', 'connection', 'authentication', 'channel-name', 'pending-request'].map((name) => [
      `/charts/${name}.svg`,
      [`${name}.svg`, 'image/svg+xml'] as const,
    ]),
  ),
};

/** Opens the server; resolves when its page can be opened. */
export function serveInspector(
  hub: InspectorHub,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = folderOfPages();
  const server = createServer((request, response) => answer(request, response, hub, folder));
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(`${HOST}:${port}`, error.message, error)));
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

/** `visualizations` stands beside `dist` in the package, and beside `src` in a checkout. */
function folderOfPages(): URL {
  for (const path of ['../../../visualizations/', '../../visualizations/']) {
    const folder = new URL(path, import.meta.url);
    if (existsSync(new URL('debugger/index.html', folder))) return folder;
  }
  throw new Error('expected the page of the debugger in the package, got none');
}

function answer(request: IncomingMessage, response: ServerResponse, hub: InspectorHub, folder: URL): void {
  // a page of somebody else whose name was made to point here must not read along
  if (!isLoopback(request.headers.host)) {
    response.writeHead(403, SECURITY_HEADERS).end('expected a request for 127.0.0.1 or localhost');
    return;
  }
  if (request.url === '/events') return stream(request, response, hub);
  const [file, type] = FILES[request.url ?? ''] ?? [];
  if (file === undefined || type === undefined) {
    response.writeHead(404, SECURITY_HEADERS).end('expected one of the files of the debugger');
    return;
  }
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type });
  response.end(readFileSync(new URL(file, folder)));
}

function isLoopback(host: string | undefined): boolean {
  return host !== undefined && /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host);
}

function stream(request: IncomingMessage, response: ServerResponse, hub: InspectorHub): void {
  response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream' });
  const watching = hub.watch({
    take: (entry) => response.write(`data: ${JSON.stringify(entry)}\n\n`),
    leftOut: (count) => void response.write(`event: left-out\ndata: ${count}\n\n`),
  });
  response.on('drain', () => watching.ready());
  request.on('close', () => watching.leave());
}
