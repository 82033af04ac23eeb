/**
 * The live debugger: a page on this machine that shows the state machines of sessions, what they say to each other and
 * what came over the wire.
 */

import { InspectorHub } from './hub.js';
import { serveInspector } from './server.js';
import { type WatchOptions, watchOptions } from './watch.js';

export type { InspectorEntry } from './hub.js';
export type { WatchOptions } from './watch.js';

/** Where the page is served; on loopback only. */
export interface InspectorOptions {
  /** 0 lets the system choose a free one, as does leaving it out. */
  readonly port?: number | undefined;
}

/** A debugger that runs. */
export interface Inspector {
  /** The address of the page. */
  readonly url: string;
  /** What is shown. */
  readonly hub: InspectorHub;
  /** Options that make a session visible: `connect({ port, ...inspector.watch('pump') })`. */
  watch(name: string): WatchOptions;
  /** As `watch`, under exactly this name. */
  watchAs(name: string): WatchOptions;
  /** Ends it; the page says so. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the live debugger.
 *
 * @param options the port of the page
 * @returns the debugger, once its page can be opened
 * @throws (rejects) ListenError where the port is taken
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 * import { openInspector } from 'socket-protocol/inspector';
 *
 * await using inspector = await openInspector();
 * console.log('open', inspector.url);
 * await using session = await connect({ port: 17017, ...inspector.watch('pump') });
 * ```
 */
export async function openInspector(options: InspectorOptions = {}): Promise<Inspector> {
  const hub = new InspectorHub();
  const { url, close } = await serveInspector(hub, options.port ?? 0);
  let sessions = 0;
  return {
    url,
    hub,
    watch: (name) => watchOptions(hub, `${name} ${++sessions}`),
    watchAs: (name) => watchOptions(hub, name),
    close,
    [Symbol.asyncDispose]: close,
  };
}
