/**
 * The live debugger: a page on this machine that shows the state machines of sessions, what they say to each other and
 * what came over the wire.
 */

import { optionReader } from '../base/option-table.js';
import { InspectorHub } from './hub.js';
import { admitInspectorOptions, INSPECTOR_OPTIONS } from './option-tables.js';
import { serveInspector } from './server.js';
import { type WatchOptions, watchOptions } from './watch.js';

export type {
  ActorEntry,
  CountersEntry,
  DropEntry,
  EventEntry,
  InspectorEntry,
  MessageEntry,
  NoteEntry,
  NumberedEntry,
  StateEntry,
} from './entries.js';
export { boundedCopy, bytesOf } from './excerpts.js';
export { InspectorHub, type Onlooker } from './hub.js';
export {
  forwardToStately,
  type StatelyActor,
  type StatelyForwarding,
  type StatelyInspector,
  type StatelyOptions,
  type StatelySanitizers,
} from './stately.js';
export type { WatchOptions } from './watch.js';

/** Where the page is served; on loopback only. */
export interface InspectorOptions {
  /** Where the page is served; with 0 the system chooses: 0. */
  readonly port?: number | undefined;
  /** What stands in the head of the page: `live`. */
  readonly title?: string | undefined;
  /** The time of what is shown, in milliseconds; since the debugger was opened unless given. */
  readonly now?: (() => number) | undefined;
  /** How many entries are kept for a page that is opened later: 5,000. */
  readonly maxHistory?: number | undefined;
}

/** A debugger that runs. */
export interface Inspector {
  /** The address of the page. */
  readonly url: string;
  /** What is shown. */
  readonly hub: InspectorHub;
  /**
   * Options that make sessions visible: `connect({ port, ...inspector.watch('pump') })`. Each session that gets them is
   * shown under the name, the second with a number.
   */
  watch(name: string): WatchOptions;
  /** As `watch`, all of it under exactly this name, of how many systems of actors it may be. */
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
 * @throws (rejects) ListenError where the port is taken, OptionError for a wrong option
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
  admitInspectorOptions(options);
  const read = optionReader(INSPECTOR_OPTIONS, options);
  const maxHistory = read('maxHistory');
  const hub = new InspectorHub(maxHistory, read('now'));
  const { url, close } = await serveInspector(hub, read('port'), { title: read('title'), maxHistory });
  const timesUsed = new Map<string, number>();
  const numbered = (name: string): string => {
    const times = (timesUsed.get(name) ?? 0) + 1;
    timesUsed.set(name, times);
    return times === 1 ? name : `${name} ${times}`;
  };
  return {
    url,
    hub,
    watch: (name) => watchOptions(hub, () => numbered(name)),
    watchAs: (name) => watchOptions(hub, () => name),
    close,
    [Symbol.asyncDispose]: close,
  };
}
