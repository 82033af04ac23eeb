/** The options of the debugger, one row each. */

import { optionsDoor } from '../base/option-names.js';
import { countRow, functionRow, optionalTextRow, portRow, textRow } from '../base/option-rows.js';
import type { RowsFor } from '../base/option-table.js';
import type { InspectorOptions } from './index.js';
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
  maxHistory: countRow({ default: 5_000, why: 'As many as a browser shows without effort.' }),
  pageFolder: optionalTextRow({ why: 'The package has it; a bundle may have a copy anywhere.' }),
} satisfies RowsFor<InspectorOptions>;

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
