/** All contenders, in the order in which they take turns. The `id` of each is the name of its file. */

export const CONTENDERS = [
  { id: 'floor-plain', kind: 'floor' },
  { id: 'floor-corked', kind: 'floor' },
  { id: 'jayson', kind: 'peer' },
  { id: 'birpc', kind: 'peer' },
  { id: 'ws', kind: 'peer' },
  { id: 'socket.io', kind: 'peer' },
  { id: 'vscode-jsonrpc', kind: 'peer' },
  { id: 'grpc-js', kind: 'peer' },
  // its sockets connect when they have something to send, and are bounded by a table of its own
  { id: 'zeromq', kind: 'peer', hasConnections: false },
  { id: 'ours', kind: 'ours' },
  { id: 'ours-plain', kind: 'ours' },
  { id: 'ours-struct', kind: 'ours' },
  { id: 'ours-inspected', kind: 'ours' },
];

const PEERS = new Set(CONTENDERS.filter(({ kind }) => kind === 'peer').map(({ id }) => id));

/** Whether a contender is something that people use, and neither a floor nor ours. */
export const isPeer = (id) => PEERS.has(id);
