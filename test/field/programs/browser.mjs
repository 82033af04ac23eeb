/** A program in whose process a browser's globals are the ones that count, as a test runner with jsdom makes them. */

import { JSDOM } from 'jsdom';
import { obey, shown } from './lines.mjs';

const NAMES = [
  'window',
  'document',
  'Event',
  'EventTarget',
  'AbortController',
  'AbortSignal',
  'Blob',
  'DOMException',
];
const { window } = new JSDOM('');
for (const name of NAMES)
  Object.defineProperty(globalThis, name, {
    value: name === 'window' ? window : window[name],
    configurable: true,
    writable: true,
  });

const { connect, listen } = await import('socket-protocol');

obey({
  'ask oneself': async ({ secret }) => {
    const server = await listen({ port: 0, secret: new window.TextEncoder().encode(secret) }, (session) => {
      session.onRead(0, () => 'pong');
    });
    const session = await connect({ port: server.port, secret });
    const answer = await session.read(0, { signal: new window.AbortController().signal });
    const controller = new window.AbortController();
    const aborted = session.read(0, { signal: controller.signal }).catch(shown);
    controller.abort();
    const outcome = await aborted;
    await session.close();
    await server.close();
    return { answer, isAborted: outcome !== 'pong' };
  },
});
