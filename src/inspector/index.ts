/// <reference types="node" preserve="true" />
/** The live debugger: a page on this machine that shows the state machines of sessions, their events and their messages. */

import { optionReader } from '../base/option-table.js';
import { InspectorHub } from './hub.js';
import { admitInspectorOptions, INSPECTOR_OPTIONS } from './option-tables.js';
import { serveInspector } from './server.js';
import { folderOfPages } from './surroundings.js';
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
  ProxyNoteCode,
  StateEntry,
} from './entries.js';
export { boundedCopy, bytesOf } from './excerpts.js';
export { failureRecording } from './flight-recording.js';
export { InspectorHub, type Subscriber, type Subscription } from './hub.js';
export { type Note, noteEntry } from './notes.js';
export {
  forwardToStately,
  type StatelyActor,
  type StatelyForwarding,
  type StatelyInspector,
  type StatelyOptions,
  type StatelySanitizers,
} from './stately.js';
export type { WatchOptions } from './watch.js';

/** How the debugger is opened; its page is served on loopback only. */
export interface InspectorOptions {
  /** Where the page is served; with 0 the system chooses: 0. */
  readonly port?: number | undefined;
  /** The title in the head of the page: `live`. */
  readonly title?: string | undefined;
  /** The time of what is shown, in milliseconds; since the debugger was opened unless given. */
  readonly now?: (() => number) | undefined;
  /** How many entries are kept for a page that is opened later: 5,000. */
  readonly maxHistory?: number | undefined;
  /**
   * The folder with the page, a copy of `node_modules/socket-protocol/visualizations`, for a bundled program that has it
   * elsewhere than next to itself; otherwise found.
   */
  readonly pageFolder?: string | undefined;
}

/** A running debugger. */
export interface Debugger {
  /** The address of the page. */
  readonly url: string;
  /** Everything that is shown. */
  readonly hub: InspectorHub;
  /**
   * Makes options that make sessions visible: `connect({ port, ...inspector.watch('pump') })`. The first session that
   * gets them is shown under this name, each further one with a number after it.
   */
  watch(name: string): WatchOptions;
  /** As `watch`, but everything is shown under exactly this name. */
  watchAs(name: string): WatchOptions;
  /** Stops the debugger; an open page shows that it has ended. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens the live debugger.
 *
 * @param options the port of the page, for example
 * @returns the debugger, once its page can be opened
 * @throws (rejects) ListenError where the port is taken, OptionError for a wrong option, Error where a bundled program
 * does not have the page
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 * import { openInspector } from 'socket-protocol/inspector';
 *
 * const inspector = await openInspector();
 * console.log('open', inspector.url);
 * const session = await connect({ port: 17017, ...inspector.watch('pump') });
 * ```
 */
export async function openInspector(options: InspectorOptions = {}): Promise<Debugger> {
  admitInspectorOptions(options);
  const read = optionReader(INSPECTOR_OPTIONS, options);
  const maxHistory = read('maxHistory');
  const hub = new InspectorHub(maxHistory, read('now'));
  const page = { title: read('title'), maxHistory };
  const { url, close } = await serveInspector(hub, read('port'), page, folderOfPages(read('pageFolder')));
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
