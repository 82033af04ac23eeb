/** A program in another realm, or with objects of one: the test says which. */

import { createContext, runInContext } from 'node:vm';
import { obey } from '../lines.mjs';
import { ownRealm, report } from './checks.mjs';
import { AbortController as Polyfill } from './polyfill.mjs';

/** What the environment of a browser puts in the place of Node's own. */
const GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'DOMException',
  'Event',
  'EventTarget',
  'FormData',
];

function takeOver(window) {
  for (const name of GLOBALS) {
    Object.defineProperty(globalThis, name, { value: window[name], configurable: true, writable: true });
  }
  globalThis.window = window;
  globalThis.document = window.document;
}

/** The constructors of a realm, by what it makes of their names. */
const realmOf = (evaluate, AbortController) => ({
  ...Object.fromEntries(Object.keys(ownRealm).map((name) => [name, evaluate(name)])),
  AbortController,
  eval: evaluate,
});

const WORLDS = {
  node: () => ownRealm,
  jsdom: async () => {
    const { JSDOM } = await import('jsdom');
    const { window } = new JSDOM('', { runScripts: 'outside-only' });
    takeOver(window);
    return realmOf((text) => window.eval(text), window.AbortController);
  },
  'happy-dom': async () => {
    const { Window } = await import('happy-dom');
    const window = new Window();
    takeOver(window);
    return { ...ownRealm, AbortController: window.AbortController };
  },
  /** A context has no signals: what runs there brings an old polyfill. */
  context: () => {
    const context = createContext({ AbortController: null });
    return realmOf((text) => runInContext(text, context), Polyfill);
  },
};

obey({
  report: async ({ world }) => {
    const realm = await WORLDS[world]();
    // after the globals, as in a test whose environment is there before its imports
    return report(await import('socket-protocol'), realm);
  },
});
