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
      'src/contract',
      'src/session',
      'src/session/middleware',
      'src/session/handshake',
      'src/session/journal',
      'src/session/observing',
      'src/transport',
      'src/protocol',
      'src/base',
    ],
    usesTypesOf: [
      'src/transport/tls',
      'src/session/flight',
      'src/session/receiving',
      'src/session/watching',
      'src/wire',
    ],
  },
  {
    name: 'src/cli/program',
    alsoHolds: ['src/cli/main'],
    purpose: 'The program: which commands there are, and the process around them.',
    uses: ['src/cli', 'src/cli/commands', 'commander', 'node:events', 'node:fs'],
  },
  {
    name: 'src/cli/commands',
    purpose: 'One file for each command: its arguments and options, and what it does.',
    uses: [
      'src/cli',
      'src/cli/shell',
      'src/cli/contract',
      'src/cli/completion',
      'src/cli/recording',
      'src/cli/certify',
      'src/cli/certify/rules',
      'src/client',
      'src/server',
      'src/gateway/index',
      'src/recorder',
      'src/share',
      'src/contract',
      'src/session',
      'src/transport',
      'src/transport/tls',
      'src/wire',
      'src/protocol',
      'src/base',
      'commander',
      'node:timers/promises',
      'node:util',
    ],
    usesTypesOf: ['src/inspector', 'src/bus', 'node:net'],
  },
  {
    name: 'src/cli/shell',
    purpose: 'The prompt: its commands, its history, its completion, and names for numbers.',
    uses: [
      'src/cli',
      'src/cli/contract',
      'src/protocol',
      'node:fs',
      'node:path',
      'node:readline',
      'node:readline/promises',
    ],
    usesTypesOf: ['src/contract', 'src/session'],
  },
  {
    name: 'src/cli/contract',
    purpose: 'Contracts of `--contract`: loaded, used for names, and for checks of data.',
    uses: ['src/cli', 'src/contract', 'src/protocol', 'src/base', 'node:fs', 'node:path', 'node:url'],
    usesTypesOf: ['src/session', 'commander'],
  },
  {
    name: 'src/cli/certify/rules',
    purpose: 'The rules of the protocol as data: what is sent, and how what comes is judged.',
    uses: ['src/cli/certify', 'src/wire', 'src/protocol'],
  },
  {
    name: 'src/cli/certify',
    purpose:
      'Runs rules against any peer, on bare connections, and reports: text, JUnit, HTML, painted charts.',
    uses: [
      'src/cli',
      'src/session/handshake',
      'src/transport',
      'src/transport/tls',
      'src/wire',
      'src/protocol',
      'src/base',
      'machines',
      'xstate',
      'node:fs',
    ],
    usesTypesOf: ['node:net', 'node:stream'],
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
      'src/cli/contract',
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
    usesTypesOf: ['src/session', 'src/bus', 'node:net', 'node:stream'],
    exceptions: {
      'src/cli/address': { uses: ['src/transport/address', 'node:net'] },
      'src/cli/nats': { uses: ['src/bus/nats'] },
      'src/cli/debugger': { uses: ['src/cli/recording', 'src/inspector'] },
      'src/cli/relay': { uses: [], usesTypesOf: ['src/cli/recording'] },
    },
  },
  {
    name: 'src/inspector',
    purpose: 'The server of the live debugger, and what it collects from sessions.',
    uses: [
      'src/inspector/detect',
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
    name: 'src/inspector/detect',
    purpose: 'Finds trouble in what is seen of a session, a proxied connection or a recording.',
    uses: ['src/protocol'],
    usesTypesOf: ['src/inspector', 'src/session/journal'],
  },
  {
    name: 'src/gateway/index',
    purpose: 'The door of `socket-protocol/gateway`: explicit exports, nothing else.',
    uses: ['src/gateway', 'src/gateway/format', 'src/workers', 'src/bus'],
    usesTypesOf: ['src/base'],
  },
  {
    name: 'src/workers',
    purpose: '`devices` and `worker`: programs that ask devices over a bus, and answer what devices ask.',
    uses: [
      'src/gateway',
      'src/gateway/format',
      'src/bus',
      'src/bus/micro',
      'src/contract',
      'src/server',
      'src/session',
      'src/session/answering',
      'src/session/journal',
      'src/session/watching',
      'src/protocol',
      'src/base',
      'node:crypto',
      'node:events',
    ],
  },
  {
    name: 'src/gateway/format',
    purpose:
      'What gateways, workers and their programs say to each other on a bus: subjects, messages, failures.',
    uses: ['src/wire/codec', 'src/wire/pure-json', 'src/protocol', 'src/base'],
    usesTypesOf: ['src/bus'],
  },
  {
    name: 'src/bus/micro',
    purpose: 'A service as the tools of NATS know it: what it is, what it can be asked, how that goes.',
    uses: ['src/bus/checks', 'src/protocol', 'src/base'],
    usesTypesOf: ['src/bus'],
  },
  {
    name: 'src/bus',
    purpose: 'Message buses: what one is, what every one refuses, and one in this process.',
    uses: ['src/protocol', 'src/base', 'node:util'],
  },
  {
    name: 'src/gateway',
    purpose:
      '`gateway`: devices that connect here can be reached through a bus, by whichever gateway they come.',
    uses: [
      'src/gateway/format',
      'src/bus',
      'src/bus/micro',
      'src/contract',
      'src/server',
      'src/session',
      'src/session/light',
      'src/session/journal',
      'src/protocol',
      'src/base',
      'machines',
      'node:events',
    ],
  },
  {
    name: 'src/recorder',
    purpose: 'Writes the failures of sessions into files.',
    uses: ['src/inspector/flight-recording', 'src/base', 'node:fs', 'node:fs/promises', 'node:path'],
    usesTypesOf: ['src/session/flight', 'src/session/internals'],
  },
  {
    name: 'src/client',
    purpose: '`connect`: a session on a TCP client, or on a stream.',
    uses: ['src/recorder', 'src/session', 'src/transport', 'src/transport/tls', 'src/protocol', 'src/base'],
  },
  {
    name: 'src/server',
    purpose:
      '`listen`: a session for each connection, how peers are found by name, and what strangers may cost: places, messages, lines, wrong keys.',
    uses: [
      'src/recorder',
      'src/session',
      'src/session/light',
      'src/session/journal',
      'src/transport',
      'src/transport/tls',
      'src/protocol',
      'src/base',
      'machines',
      'node:events',
      'node:fs',
      'node:net',
      'node:timers',
    ],
    usesTypesOf: ['node:stream'],
  },
  {
    name: 'src/bus/nats',
    purpose: 'A message bus on servers of NATS: connections, requests, and what outlives a connection.',
    uses: [
      'src/bus/checks',
      'src/bus/hearing',
      'src/session/owned-actor',
      'src/session/asking/deadlines',
      'src/session/asking/timer-groups',
      'src/protocol',
      'src/base',
      'machines',
      '@nats-io/transport-node',
      'node:crypto',
      'node:net',
    ],
    usesTypesOf: ['src/bus', 'src/session/options', 'src/session/light'],
  },
  {
    name: 'src/share',
    purpose: '`share`: many programs on one device: turns, joined READs, rights, leases.',
    uses: [
      'src/client',
      'src/server',
      'src/session',
      'src/session/light',
      'src/session/journal',
      'src/protocol',
      'src/base',
      'machines',
      'node:events',
    ],
    exceptions: {
      'src/share/actors': { uses: [], usesTypesOf: ['xstate'] },
      'src/share/view': { uses: ['xstate'] },
    },
  },
  {
    name: 'src/contract',
    purpose: 'Contracts: requests by name, with schemas of any library, for both sides of a session.',
    uses: ['src/session', 'src/session/answering/overdue', 'src/protocol', 'src/base'],
  },
  {
    name: 'src/session',
    purpose: 'The session: its options, its actor with the effects of the machines, the wiring of its rooms.',
    uses: [
      'src/session/middleware',
      'src/session/watching',
      'src/session/receiving',
      'src/session/handshake',
      'src/session/answering',
      'src/session/asking',
      'src/session/sending',
      'src/session/observing',
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
    exceptions: {
      'src/session/actors': { uses: ['xstate'] },
      'src/session/guarded-inspector': { uses: [], usesTypesOf: ['xstate'] },
      'src/session/owned-actor': { uses: ['xstate'] },
    },
  },
  {
    name: 'src/session/middleware',
    purpose: 'What a program puts around requests and callbacks, and asking again.',
    uses: ['src/session/answering', 'src/session/asking', 'src/protocol', 'src/base'],
    usesTypesOf: [...SESSION_TYPES, 'src/session/session', 'src/session/journal', 'src/session/sending'],
  },
  {
    name: 'src/session/watching',
    purpose: 'Iterators: messages, states of the connection, readings.',
    uses: ['src/session/owned-actor', 'src/protocol', 'src/base', 'machines'],
    usesTypesOf: [
      ...SESSION_TYPES,
      'src/session/light',
      'src/session/request-options',
      'src/session/journal',
      'src/session/sending',
    ],
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
    usesTypesOf: [...SESSION_TYPES, 'src/session/relay'],
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
    uses: ['src/session/sending', 'src/session/observing', 'src/session/journal', 'src/protocol', 'src/base'],
    usesTypesOf: SESSION_TYPES,
  },
  {
    name: 'src/session/asking',
    purpose: 'Everything a user waits for: pending requests, ghosts, deadlines.',
    uses: [
      'src/session/sending',
      'src/session/observing',
      'src/session/journal',
      'src/protocol',
      'src/base',
      'machines',
    ],
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
    name: 'src/session/observing',
    purpose: 'What operators measure: tracing channels, and how long requests take.',
    uses: ['src/protocol', 'node:diagnostics_channel'],
    usesTypesOf: ['src/session/journal', 'node:async_hooks'],
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
    purpose: 'Links: over TCP and any other stream, memory pairs, the interface for your own.',
    uses: ['src/transport/tls', 'src/wire/stp', 'src/protocol', 'src/base', 'node:net', 'node:stream'],
    exceptions: {
      'src/transport/opening-comm': { uses: ['machines/connection', 'xstate'] },
      'src/transport/unix-socket': { uses: ['node:crypto', 'node:fs', 'node:path'] },
    },
  },
  {
    name: 'src/transport/tls',
    purpose: 'TLS over a stream, with certificates or a key made of the secret: options, checks, handshakes.',
    uses: [
      'src/transport/network-errors',
      'src/protocol',
      'src/base',
      'node:crypto',
      'node:fs',
      'node:net',
      'node:timers',
      'node:tls',
    ],
    usesTypesOf: ['node:stream'],
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
