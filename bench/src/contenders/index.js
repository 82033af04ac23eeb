/** All contenders, in the order in which they take turns. */

export const CONTENDERS = [
  'floor-plain',
  'floor-corked',
  'jayson',
  'vscode-jsonrpc',
  'grpc',
  'ws',
  'socket-io',
  'zeromq',
  'birpc',
  'ours-plain',
  'ours-authenticated',
  'ours-struct',
  'ours-inspected',
];

/** Those that decide a goal: the floors, the real peers that were the best at something, and ours. */
export const DECISIVE = [
  'floor-plain',
  'floor-corked',
  'jayson',
  'birpc',
  'ours-authenticated',
  'ours-inspected',
];

/** Loads a contender: its name, its kind, `serve` and `connect`. */
export const load = (file) => import(`./${file}.js`);
