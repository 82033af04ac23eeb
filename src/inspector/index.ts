/// <reference types="node" preserve="true" />
/** The live debugger: a page on this machine that shows the state machines of sessions, their events and their messages. */

import { clearInterval, setInterval } from 'node:timers';
import { type OptionReader, optionReader, type ValuesOf } from '../base/option-table.js';
import type { NumberedEntry } from './entries.js';
import { shownName } from './excerpts.js';
import { InspectorHub } from './hub.js';
import { joinDebugger } from './join.js';
import {
  admitInspectorOptions,
  admitWatchSettings,
  INSPECTOR_OPTIONS,
  WATCH_SETTINGS,
} from './option-tables.js';
import { serveInspector } from './server.js';
import { folderOfPages, programName } from './surroundings.js';
import { countersOf, type WatchOptions, watchOptions } from './watch.js';

export type {
  ActorEntry,
  CountersEntry,
  DropEntry,
  EventEntry,
  IncomingEntry,
  InspectorEntry,
  ListenerNoteCode,
  MessageEntry,
  MessageRole,
  NoteEntry,
  NumberedEntry,
  ProxyNoteCode,
  SessionEntry,
  StateEntry,
  TroubleEntry,
} from './entries.js';
export { boundedCopy, bytesOf, noiseDetail } from './excerpts.js';
export type { Ask, Asked, Feed, Names, SessionRow, SessionState, Totals } from './feed.js';
export { failureRecording } from './flight-recording.js';
export { InspectorHub } from './hub.js';
export { type Note, noteEntry } from './notes.js';
export {
  forwardToStately,
  type StatelyActor,
  type StatelyForwarding,
  type StatelyInspector,
  type StatelyOptions,
  type StatelySanitizers,
} from './stately.js';
export type { Subscriber, Subscription } from './subscribers.js';
export { TROUBLES, type TroubleCode } from './troubles.js';
export type { WatchOptions } from './watch.js';

/** How the debugger is opened; its page is served on loopback only. */
export interface InspectorOptions {
  /** Where the page is served; with 0 the system chooses: 0. */
  readonly port?: number | undefined;
  /** The title in the head of the page: `live`. */
  readonly title?: string | undefined;
  /** The time of what is shown, in milliseconds; since the debugger was opened unless given. */
  readonly now?: (() => number) | undefined;
  /** Returns when what is shown began, in milliseconds since 1970, or NaN if that is unknown; called once: `Date.now`. */
  readonly wallTime?: (() => number) | undefined;
  /** How many entries are kept for a page that is opened later: 20,000. */
  readonly maxHistory?: number | undefined;
  /** How many entries that are trouble are kept, apart from all others: 2,000. */
  readonly maxTroubles?: number | undefined;
  /** How many sessions are listed. If there are more, those that are over go first, and among them those without trouble: 5,000. */
  readonly maxSessions?: number | undefined;
  /**
   * The address of the page of another process's debugger: everything is shown there, and none is opened here. Entries are kept
   * for it while it is away, as many as `maxHistory` says.
   */
  readonly join?: string | undefined;
  /** What this process is called on the page that it joins; unless given, what the program is called. */
  readonly processName?: string | undefined;
  /**
   * Makes entries of a recording that is dropped on the page and that the page cannot read itself, such as one of a proxy; throws
   * for what is none. The command line brings a function for its own; without one the page names the command that shows it.
   */
  readonly readRecording?: ((text: string) => ReadRecording) | undefined;
  /**
   * The folder with the page, a copy of `node_modules/socket-protocol/dist/page`, for a bundled program that has it
   * elsewhere than next to itself; otherwise found.
   */
  readonly pageFolder?: string | undefined;
}

/** What a recording holds. */
export interface ReadRecording {
  /** When it was begun, in milliseconds of the epoch; null if unknown. */
  readonly startedAt: number | null;
  readonly entries: readonly NumberedEntry[];
}

/** What the page may do in sessions that are shown. */
export interface WatchSettings {
  /** Whether requests can be sent in them from the page: off. */
  readonly canSend?: boolean | undefined;
}

/** A running debugger. */
export interface Debugger {
  /** The address of the page. */
  readonly url: string;
  /** Everything that is shown. */
  readonly hub: InspectorHub;
  /**
   * Makes options that make sessions visible: `connect({ port, ...inspector.watch('pump') })`, and so does
   * `listen({ port, ...inspector.watch('server') })` for each of its sessions. The first session that gets them is shown under
   * this name, each further one with a number after it. Peers that the server refuses before they have a session are shown under
   * its address, `listener 127.0.0.1:17017`.
   */
  watch(name: string, settings?: WatchSettings): WatchOptions;
  /** As `watch`, but everything is shown under exactly this name. */
  watchAs(name: string, settings?: WatchSettings): WatchOptions;
  /** Stops the debugger; an open page shows that it has ended. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often detectors hear that time passes, whatever happens. */
const SWEEP_MS = 1_000;

/**
 * Opens the live debugger.
 *
 * @param options the port of the page, for example
 * @returns the debugger, once its page can be opened
 * @throws (rejects) ListenError where the port is taken, ConnectError where there is nothing to join, OptionError for a wrong
 * option, Error where a bundled program does not have the page
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
  const limits = { maxTroubles: read('maxTroubles'), maxSessions: read('maxSessions') };
  const hub = new InspectorHub(read('maxHistory'), read('now'), limits);
  const wallTime = read('wallTime')();
  const startedAt = Number.isFinite(wallTime) ? wallTime : null;
  const opened = await open(hub, startedAt, read);
  const counters = countersOf(hub);
  const timesUsed = new Map<string, number>();
  const numbered = (name: string): string => {
    const times = (timesUsed.get(name) ?? 0) + 1;
    timesUsed.set(name, times);
    return times === 1 ? name : `${name} ${times}`;
  };
  const optionsFor = (
    nameOf: () => string,
    listenerNameOf: (address: string) => string,
    settings: WatchSettings = {},
  ): WatchOptions => {
    admitWatchSettings(settings);
    const canSend = optionReader(WATCH_SETTINGS, settings)('canSend');
    return watchOptions(hub, nameOf, { counters, canSend, listenerNameOf });
  };
  // some trouble shows by what does not happen, also while no page is open
  const sweeping = setInterval(() => hub.sweep(), SWEEP_MS).unref();
  const close = (): Promise<void> => {
    clearInterval(sweeping);
    counters.flush();
    return opened.close();
  };
  return {
    url: opened.url,
    hub,
    watch: (name, settings) =>
      optionsFor(
        () => numbered(shownName(name)),
        (address) => numbered(`listener ${address}`),
        settings,
      ),
    watchAs: (name, settings) =>
      optionsFor(
        () => shownName(name),
        () => shownName(name),
        settings,
      ),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The page here, or the way to the page of another process. */
async function open(
  hub: InspectorHub,
  startedAt: number | null,
  read: OptionReader<ValuesOf<typeof INSPECTOR_OPTIONS>>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  // also those that are not used are checked
  const [url, port, title, pageFolder] = [read('join'), read('port'), read('title'), read('pageFolder')];
  const processName = read('processName') ?? programName();
  const readRecording = read('readRecording') ?? null;
  if (url === null)
    return serveInspector(hub, port, { title, startedAt, readRecording }, folderOfPages(pageFolder));
  const own = { process: processName, startedAt: startedAt ?? Date.now() };
  const join = await joinDebugger({ hub, url, ...own });
  return { url, close: () => join.close() };
}
