/**
 * The map: every room of the sources, what it is for, and what its files may import.
 *
 * The test of the architecture fails on any import that is not allowed here, and on any allowance that nothing uses;
 * docs/ARCHITECTURE.md and its picture are written from this table and from the imports (`npm run architecture`).
 */

/** What may be imported: the name of a room (any file of it), one module, or a package. */
export interface Rule {
  readonly uses: readonly string[];
  /** The same, but types only: nothing of the target runs because of the import. */
  readonly usesTypesOf?: readonly string[];
}

/** The files of a folder, without those of folders inside it; or one file, without its ending. */
export interface Room extends Rule {
  readonly name: string;
  /** Further files of the room. */
  readonly alsoHolds?: readonly string[];
  readonly purpose: string;
  /** Set where files of the room must not import each other. */
  readonly keepsApart?: true;
  /** Files that may import more than their room. */
  readonly exceptions?: Readonly<Record<string, Rule>>;
}

/** What the rooms of a session hold of its root: its settings, and the way to its actor. */
const SESSION_TYPES = ['src/session/options', 'src/session/session-handle'];

/** The rooms, from the doors down to what everything stands on. */
export const ROOMS: readonly Room[] = [
  {
    name: 'src/index',
    purpose: 'The door of the package: explicit exports, nothing else.',
    uses: [
      'src/client',
      'src/server',
      'src/session',
      'src/session/handshake',
      'src/session/journal',
      'src/transport',
      'src/protocol',
      'src/base',
    ],
    usesTypesOf: ['src/session/flight', 'src/session/receiving', 'src/wire'],
  },
  {
    name: 'src/cli/program',
    alsoHolds: ['src/cli/main'],
    purpose: 'The program: which commands there are, and the process around them.',
    uses: ['src/cli', 'src/cli/commands', 'commander', 'node:fs'],
  },
  {
    name: 'src/cli/commands',
    purpose: 'One file for each command: its arguments and options, and what it does.',
    uses: [
      'src/cli',
      'src/cli/shell',
      'src/cli/completion',
      'src/cli/recording',
      'src/client',
      'src/server',
      'src/session',
      'src/session/journal',
      'src/transport',
      'src/wire',
      'src/protocol',
      'src/base',
      'commander',
      'node:timers/promises',
      'node:util',
    ],
    usesTypesOf: ['src/inspector', 'node:net'],
  },
  {
    name: 'src/cli/shell',
    purpose: 'The prompt: its commands, its history, its completion, and names for numbers.',
    uses: ['src/cli', 'src/protocol', 'node:fs', 'node:path', 'node:readline', 'node:readline/promises'],
    usesTypesOf: ['src/session'],
  },
  {
    name: 'src/cli/completion',
    purpose: 'Completion scripts for bash, zsh and fish, generated from the declared commands.',
    uses: [],
    usesTypesOf: ['commander'],
  },
  {
    name: 'src/cli/recording',
    purpose: 'Recorded traffic: written, read back, and shown as text or in the debugger.',
    uses: [
      'src/cli',
      'src/inspector',
      'src/session/journal',
      'src/wire',
      'src/protocol',
      'node:util',
      'valibot',
    ],
    exceptions: {
      'src/cli/recording/peer-view': { uses: ['src/session/handshake', 'machines', 'xstate'] },
    },
  },
  {
    name: 'src/cli',
    purpose: 'What commands share: arguments, files, secrets, output, progress, exit codes.',
    uses: [
      'src/session/journal',
      'src/wire',
      'src/protocol',
      'src/base',
      'commander',
      'node:fs',
      'node:util',
    ],
    usesTypesOf: ['src/session', 'node:net', 'node:stream'],
    exceptions: {
      'src/cli/debugger': { uses: ['src/cli/recording', 'src/inspector'] },
      'src/cli/relay': { uses: [], usesTypesOf: ['src/cli/recording'] },
    },
  },
  {
    name: 'src/inspector',
    purpose: 'The server of the live debugger, and what it collects from sessions.',
    uses: [
      'src/session/journal',
      'src/transport/network-errors',
      'src/wire/recognise',
      'src/wire/pure-json',
      'src/wire/struct-json',
      'src/protocol',
      'src/base',
      'machines',
      'node:crypto',
      'node:fs',
      'node:http',
      'node:module',
      'node:path',
      'node:timers',
      'node:url',
    ],
    usesTypesOf: ['src/session/flight', '@statelyai/inspect', 'xstate'],
  },
  {
    name: 'src/recorder',
    purpose: 'Writes the failures of sessions into files.',
    uses: ['src/inspector/flight-recording', 'src/base', 'node:fs', 'node:fs/promises', 'node:path'],
    usesTypesOf: ['src/session/flight', 'src/session/internals'],
  },
  {
    name: 'src/client',
    purpose: '`connect`: a session on a TCP client.',
    uses: ['src/recorder', 'src/session', 'src/transport', 'src/protocol', 'src/base'],
  },
  {
    name: 'src/server',
    purpose:
      '`listen`: a session for each connection, and what strangers may cost: places, messages, lines, wrong keys.',
    uses: [
      'src/recorder',
      'src/session',
      'src/session/journal',
      'src/transport',
      'src/protocol',
      'src/base',
      'node:events',
      'node:fs',
      'node:net',
      'node:timers',
    ],
    usesTypesOf: ['machines'],
  },
  {
    name: 'src/session',
    purpose: 'The session: its options, its actor with the effects of the machines, the wiring of its rooms.',
    uses: [
      'src/session/receiving',
      'src/session/handshake',
      'src/session/answering',
      'src/session/asking',
      'src/session/sending',
      'src/session/journal',
      'src/session/light',
      'src/session/flight',
      'src/transport/foreign-comm',
      'src/transport/link-limits',
      'src/wire',
      'src/protocol',
      'src/base',
      'machines',
      'node:events',
    ],
    usesTypesOf: ['src/transport'],
    exceptions: { 'src/session/actors': { uses: ['xstate'] } },
  },
  {
    name: 'src/session/light',
    purpose: 'Runs machines that nobody inspects: what XState would do, derived once from each machine.',
    uses: ['src/session/asking/relay', 'xstate'],
  },
  {
    name: 'src/session/receiving',
    purpose:
      'Routes what comes in: to a callback, to a pending request, to a machine, into the receive buffer.',
    uses: [
      'src/session/handshake',
      'src/session/answering',
      'src/session/asking',
      'src/session/sending',
      'src/session/journal',
      'src/wire/codec',
      'src/protocol',
      'src/base',
    ],
    usesTypesOf: SESSION_TYPES,
  },
  {
    name: 'src/session/handshake',
    purpose: 'Authentication and channel name: from messages to events, from decisions to messages.',
    uses: ['src/session/sending', 'src/session/journal', 'src/protocol', 'src/base'],
    usesTypesOf: ['src/session/session-handle', 'src/transport/comm-instance', 'machines'],
    exceptions: { 'src/session/handshake/authenticator': { uses: ['node:crypto'] } },
  },
  {
    name: 'src/session/answering',
    purpose:
      'Runs callbacks, a bounded number at once, answers with what they return, and pauses reading when too much waits.',
    uses: ['src/session/sending', 'src/session/journal', 'src/protocol', 'src/base'],
    usesTypesOf: SESSION_TYPES,
  },
  {
    name: 'src/session/asking',
    purpose: 'Everything a user waits for: pending requests, ghosts, deadlines.',
    uses: ['src/session/sending', 'src/session/journal', 'src/protocol', 'src/base', 'machines'],
    usesTypesOf: [...SESSION_TYPES, 'xstate'],
    exceptions: { 'src/session/asking/actor-stepper': { uses: ['xstate'] } },
  },
  {
    name: 'src/session/sending',
    purpose: 'The way out: what may pass, and the order of answers.',
    uses: ['src/session/journal', 'src/wire/codec', 'src/protocol', 'src/base'],
    usesTypesOf: [...SESSION_TYPES, 'src/transport/comm-instance', 'src/wire/stp'],
  },
  {
    name: 'src/session/journal',
    purpose: 'What is counted, logged, observed and announced.',
    uses: ['src/protocol', 'src/base'],
    usesTypesOf: [
      'src/session/flight',
      'src/wire/stp',
      ...SESSION_TYPES,
      'src/session/close-options',
      'node:events',
    ],
  },
  {
    name: 'src/session/flight',
    purpose:
      'The flight recorder: the last frames and changes of states, masked, and which failures people ask about.',
    uses: ['src/protocol', 'src/wire/data-place'],
    usesTypesOf: ['src/session/journal/counters', 'src/wire/stp'],
  },
  {
    name: 'src/transport',
    purpose: 'Links: TCP clients and servers, memory pairs, the interface for your own.',
    uses: ['src/wire/stp', 'src/protocol', 'src/base', 'node:net'],
    exceptions: { 'src/transport/tcp-client': { uses: ['machines/connection', 'xstate'] } },
  },
  {
    name: 'src/wire',
    purpose: 'Bytes to frames to messages, and back. Pure.',
    uses: ['src/protocol', 'src/base', 'crc-32', 'node:buffer', 'node:util', 'node:zlib'],
  },
  {
    name: 'machines',
    purpose: 'The statecharts: one file, one machine, one picture.',
    keepsApart: true,
    uses: ['machines/not-provided', 'xstate'],
    usesTypesOf: ['src/protocol'],
    exceptions: {
      'machines/index': { uses: ['machines'] },
      'machines/session': { uses: ['machines'] },
    },
  },
  {
    name: 'src/base',
    purpose:
      'The clock, the checks of options, what to make of thrown values, and how functions of the user are run.',
    uses: ['src/protocol', 'node:events', 'node:perf_hooks', 'node:timers', 'node:util'],
  },
  {
    name: 'src/protocol',
    purpose: 'The vocabulary: ids, names, messages, reasons, errors.',
    uses: [],
  },
];
