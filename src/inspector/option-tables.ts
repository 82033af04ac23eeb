/** The options of the debugger, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { countRow, functionRow, optionalTextRow, portRow, switchRow, textRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import type { InspectorOptions, ReadRecording, WatchSettings } from './index.js';
import type { StatelyInspector, StatelyOptions, StatelySanitizers } from './stately.js';
import { DEFAULT_URL } from './stately-socket.js';

/** The options of {@link InspectorOptions}. */
export const INSPECTOR_OPTIONS = {
  port: portRow({ least: 0, default: 0, why: 'Two debuggers at once should not collide.' }),
  title: textRow({ default: 'live', why: 'A recording has a title of its own.' }),
  now: functionRow<() => number>({
    default: () => performance.now(),
    why: 'A recording brings its own time.',
  }),
  maxHistory: countRow({
    default: 20_000,
    why: 'What a page that is opened late can go back: two minutes at 150 entries a second, some 20 MB.',
  }),
  maxTroubles: countRow({
    default: 2_000,
    why: 'Trouble must not be pushed out by what goes well; more than this, nobody reads.',
  }),
  maxSessions: countRow({
    default: 5_000,
    why: 'A row has about 1 kB; a list of more is searched, not read.',
  }),
  wallTime: functionRow<() => number>({
    default: () => Date.now(),
    why: 'A recording was made at another time.',
  }),
  join: optionalTextRow({ why: 'Most programs are looked at alone.' }),
  processName: optionalTextRow({ why: 'The file of the program says which one it is.' }),
  readRecording: functionRow<((text: string) => ReadRecording) | undefined>({
    default: undefined,
    why: 'The library reads no recordings of proxies; the command line does.',
  }),
  pageFolder: optionalTextRow({ why: 'The package has it; a bundle may have a copy anywhere.' }),
} satisfies RowsFor<InspectorOptions>;

/** The options of {@link WatchSettings}. */
export const WATCH_SETTINGS = {
  canSend: switchRow({ default: false, why: 'Looking at a program must not change what it does.' }),
} satisfies RowsFor<WatchSettings>;

/** Checks what is passed to `watch`. */
export const admitWatchSettings = optionsDoor(
  'WatchSettings',
  "inspector.watch('pump', { canSend: true })",
  WATCH_SETTINGS,
);

/** Checks what is passed to `openInspector`. */
export const admitInspectorOptions = optionsDoor(
  'InspectorOptions',
  'openInspector({ port: 8080 })',
  INSPECTOR_OPTIONS,
);

/** The options of {@link StatelyOptions}. */
export const STATELY_OPTIONS = {
  url: textRow({ default: DEFAULT_URL, why: "The server of Stately's inspector listens there." }),
  maxWaiting: countRow({ default: 5_000, why: 'As many as the debugger itself keeps.' }),
  create: functionRow<((sanitizers: StatelySanitizers) => StatelyInspector) | undefined>({
    default: undefined,
    why: 'Nearly everybody has the server that comes with the inspector.',
  }),
} satisfies RowsFor<StatelyOptions>;

/** Checks what is passed to `forwardToStately`. */
export const admitStatelyOptions = optionsDoor(
  'StatelyOptions',
  "forwardToStately(hub, { url: 'ws://localhost:8080' })",
  STATELY_OPTIONS,
);
