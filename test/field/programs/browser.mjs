/** A program in whose process a browser's globals are the ones that count, as a test runner with jsdom makes them. */

import { JSDOM } from 'jsdom';
import { obey } from './lines.mjs';

const NAMES = ['document', 'Event', 'EventTarget', 'AbortController', 'AbortSignal', 'Blob', 'DOMException'];
const { window } = new JSDOM('');
for (const name of NAMES) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
}
globalThis.window = window;

const { connect, listen } = await import('socket-protocol');

obey({
  'ask oneself': async ({ secret }) => {
    const server = await listen({ port: 0, secret }, (session) => {
      session.onRead(0, () => 'pong');
    });
    const session = await connect({ port: server.port, secret });
    const answer = await session.read(0);
    await session.close();
    await server.close();
    return answer;
  },
});
