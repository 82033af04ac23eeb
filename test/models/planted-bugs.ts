/** Bugs that a machine could well have, each planted in a copy of its config. */

import { type AnyStateMachine, createMachine } from 'xstate';

/** A machine's config, or a part of it, as far as it is changed here. */
interface Node {
  [key: string]: unknown;
}

/** A bug, and what it must be caught by. */
export interface PlantedBug {
  readonly name: string;
  /** The file of the machine, and what it exports. */
  readonly file: string;
  readonly machine: string;
  plant(config: Node): void;
  /** The test of test/models that catches it. */
  readonly caughtBy: string;
  /** What user, peer or transport see of it. */
  readonly shows: RegExp;
}

/**
 * A copy of a machine with a bug.
 *
 * @throws Error where there is nothing to plant the bug in any more
 */
export function withBug(machine: AnyStateMachine, { plant, name }: PlantedBug): AnyStateMachine {
  const config = copyOf(machine.config) as Node;
  plant(config);
  if (sameText(config, machine.config))
    throw new Error(`expected a machine to plant "${name}" in, got no place`);
  return createMachine(config as never, machine.implementations as never);
}

/** The bugs. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'failed attempts are not forgotten when the user reconnects during a pause',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) =>
      removeAction(
        eventOf(stateOf(config, 'waitingToReconnect'), 'connection.reconnect'),
        'forget failed attempts',
      ),
    caughtBy: 'connection: waitingToReconnect on connection.reconnect -> connecting',
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'an early loss of the link does not count as a failure',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) =>
      removeAction(eventOf(stateOf(config, 'connected'), 'link.closed'), 'count a failed attempt'),
    caughtBy: 'connection: connected.onProbation on link.closed -> waitingToReconnect',
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'a link that holds does not prove itself',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => void delete stateOf(config, 'onProbation')['after'],
    caughtBy: 'connection: disconnected on link.opened -> connected.onProbation',
    shows: /expected open at \d+ ms, got/,
  },
  {
    name: 'a link proves itself without trust',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => {
      stateOf(config, 'shakingHands')['after'] = { 'time to prove itself': 'proven' };
    },
    caughtBy: 'connection: connected.shakingHands, left alone',
    shows: /expected .* at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'a missed handshake is never the last attempt',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'shakingHands'))['link.closed'],
    caughtBy: 'connection: connected.shakingHands on link.closed -> waitingToReconnect',
    shows: /expected abandoned: .* at \d+ ms, got/,
  },
  {
    name: 'a peer that refused the key is asked again as soon as any other',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => {
      stateOf(config, 'refused')['after'] = { 'reconnect delay': 'connecting' };
    },
    caughtBy: 'connection: connected.shakingHands on connection.refuse -> refused',
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'the failures before are not forgotten when the user reconnects after a refusal',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) =>
      removeAction(eventOf(stateOf(config, 'refused'), 'connection.reconnect'), 'forget failed attempts'),
    caughtBy: 'connection: refused on connection.reconnect -> connecting',
    shows: /expected .* at \d+ ms, got .* at \d+ ms/,
  },
  {
    name: 'nobody can make a pause shorter',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'waitingToReconnect'))['connection.wake'],
    caughtBy: 'connection: connecting on link.failed -> waitingToReconnect',
    shows: /expected open at \d+ ms, got open at \d+ ms/,
  },
  {
    name: 'somebody who waits counts as a failure',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => {
      eventsOf(stateOf(config, 'waitingToReconnect'))['connection.wake'] = {
        target: 'waitingToReconnect',
        reenter: true,
        actions: 'count a failed attempt',
      };
    },
    caughtBy: 'connection: connecting on link.failed -> waitingToReconnect',
    shows: /expected .* at \d+ ms, got .* at \d+ ms/,
  },
  {
    name: 'a handshake without a verdict keeps its link',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) =>
      removeAction(eventOf(stateOf(config, 'restricted'), 'authentication.failed'), 'reset the connection'),
    caughtBy: 'session: connected.restricted on peer.seedDenied -> connected.restricted',
    shows: /expected disconnected: handshake-missed at \d+ ms, got/,
  },
  {
    name: 'a verdict does not fail what waits',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => removeAction(config, 'fail requests that wait for trust'),
    caughtBy: 'pending request: queued on authentication.refused -> refused',
    shows: /expected \d+: AuthenticationError at \d+ ms, got/,
  },
  {
    name: 'what is made after a refusal waits',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => {
      stateOf(config, 'refused')['entry'] = 'let nothing pass';
    },
    caughtBy: 'pending request: refused, left alone',
    shows: /expected \d+: AuthenticationError at \d+ ms, got/,
  },
  {
    name: 'what is made after a refusal fails although the user wants another link',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'refused'))['session.reconnect'],
    caughtBy: 'session: refused on session.reconnect -> refused',
    shows: /expected \d+: .* at \d+ ms, got \d+: AuthenticationError at \d+ ms/,
  },
  {
    name: 'what waits for trust dies with a missed handshake',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'restricted'))['connection.lost'],
    caughtBy: 'pending request: queued, left alone',
    shows: /expected \d+: TimeoutError, not written at \d+ ms, got \d+: ConnectionLostError, not written/,
  },
  {
    name: 'what was written survives a missed handshake',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => removeAction(config, 'fail what was written on the lost link'),
    caughtBy: 'pending request: waiting on link.closed -> connectionLost',
    shows: /expected \d+: ConnectionLostError, written at \d+ ms, got/,
  },
  {
    name: 'that the trust is over is said after its link is',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => {
      const trusted = stateOf(config, 'trusted');
      delete trusted['exit'];
      eventsOf(trusted)['authentication.distrusted'] = {
        target: 'restricted',
        actions: 'announce untrusted',
      };
      eventsOf(config)['authentication.distrusted'] = { actions: 'announce untrusted' };
    },
    caughtBy: 'session: connected.trusted on link.closed -> connected.trusted',
    shows: /expected untrusted at \d+ ms, got disconnected: .* at \d+ ms/,
  },
  {
    name: 'a lost link ends a receive',
    file: 'pending-request',
    machine: 'pendingRequestMachine',
    plant: (config) => {
      eventsOf(stateOf(config, 'listening'))['link.closed'] = {
        target: 'connectionLost',
        actions: 'settle as not sent, connection lost',
      };
    },
    caughtBy: 'pending request: listening on link.closed -> connectionLost',
    shows: /expected \d+: null at 950 ms, got \d+: null at 0 ms/,
  },
  {
    name: 'a ghost ignores its answer',
    file: 'pending-request',
    machine: 'pendingRequestMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'ghost'))['peer.answered'],
    caughtBy: 'pending request: waiting after time left -> ghost',
    shows: /expected late-answer at \d+ ms, got/,
  },
  {
    name: 'the seed is not forgotten when its time is over',
    file: 'authentication',
    machine: 'authenticationMachine',
    plant: (config) => removeAction(config, 'forget the seed'),
    caughtBy: 'authentication: server.seedSent after seed lifetime -> server.untrusted',
    shows: /expected authenticationFailed: .* at \d+ ms, got/,
  },
  {
    name: 'a second seed request does not end the trust',
    file: 'authentication',
    machine: 'authenticationMachine',
    plant: (config) => removeAction(config, 'report distrusted'),
    caughtBy: 'authentication: server.trusted on peer.seedRequested -> server.seedSent',
    shows: /expected .*untrusted at \d+ ms, got/,
  },
  {
    name: 'a second name is taken over',
    file: 'channel-name',
    machine: 'channelNameMachine',
    plant: (config) => {
      eventsOf(stateOf(config, 'exchanged'))['peer.nameRequested'] = eventsOf(
        stateOf(config, 'awaitingName'),
      )['peer.nameRequested'];
    },
    caughtBy: 'channel name: exchanged on peer.nameRequested -> exchanged',
    shows: /expected .* at \d+ ms, got channelName: theirs/,
  },
  {
    name: 'an answer to a heartbeat is taken for a stray message',
    file: 'channel-name',
    machine: 'channelNameMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'exchanged'))['peer.nameAnswered'],
    caughtBy: 'channel name: exchanged on heartbeat.due -> exchanged',
    shows: /expected .*, got unexpected at \d+ ms/,
  },
  {
    name: 'a peer that is asked may take for ever',
    file: 'heartbeat',
    machine: 'heartbeatMachine',
    plant: (config) => void delete stateOf(config, 'asked')['after'],
    caughtBy: 'heartbeat: asked, left alone',
    shows: /expected break: peer-silent at \d+ ms, got/,
  },
  {
    name: 'closing tells the requests nothing',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => removeAction(config, 'fail all requests'),
    caughtBy: 'pending request: waiting on session.closed -> sessionClosed',
    shows: /expected \d+: SessionClosedError at \d+ ms, got/,
  },
  {
    name: 'everything passes although the trust has ended',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => {
      delete eventsOf(stateOf(config, 'trusted'))['authentication.distrusted'];
    },
    caughtBy: 'session: connected.trusted on authentication.distrusted -> connected.trusted',
    shows: /expected \[11,91,3,null\] at \d+ ms, got \[11,91,0,/,
  },
  {
    name: 'a drain takes as long as it likes',
    file: 'drain',
    machine: 'drainMachine',
    plant: (config) => void delete stateOf(config, 'draining')['after'],
    caughtBy: 'drain: draining, left alone',
    shows: /expected close at 2000 ms, got close at 5000 ms/,
  },
  {
    name: 'a session drains on although nothing is left',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => removeAction(config, 'route to drain'),
    caughtBy: 'drain: draining on work.finished -> finished',
    shows: /expected close at 0 ms, got close at 2000 ms/,
  },
  {
    name: 'a peer that has ended its stream is never left',
    file: 'connection',
    machine: 'connectionMachine',
    plant: (config) => void delete eventsOf(stateOf(config, 'finishing'))['answers.sent'],
    caughtBy: 'session: connected.finishing on answers.sent -> connected.finishing',
    shows: /expected break: peer-closed at \d+ ms, got/,
  },
  {
    name: 'a peer that has ended its stream is asked',
    file: 'session',
    machine: 'sessionMachine',
    plant: (config) => removeAction(config, 'let nothing more be asked'),
    caughtBy: 'session: connected.finishing on session.drain -> connected.finishing',
    shows: /got \[10,90,0,null\] at \d+ ms \(wire\)/,
  },
];

/** A state of a machine, at whatever depth. */
function stateOf(node: Node, name: string): Node {
  const states = (node['states'] ?? {}) as Record<string, Node>;
  const found =
    states[name] ??
    Object.values(states)
      .map((state) => find(state, name))
      .find((state) => state !== null);
  if (found === null || found === undefined) throw new Error(`expected a state ${name}, got none`);
  return found;
}

function find(node: Node, name: string): Node | null {
  try {
    return stateOf(node, name);
  } catch {
    return null;
  }
}

function eventsOf(state: Node): Record<string, unknown> {
  return (state['on'] ??= {}) as Record<string, unknown>;
}

function eventOf(state: Node, type: string): unknown {
  return eventsOf(state)[type];
}

/** Removes an action from everywhere below a part of a config. */
function removeAction(part: unknown, name: string): void {
  if (typeof part !== 'object' || part === null) return;
  for (const [key, value] of Object.entries(part)) {
    const isActions = key === 'actions' || key === 'entry' || key === 'exit';
    if (isActions) (part as Node)[key] = [value].flat().filter((action) => nameOf(action) !== name);
    else removeAction(value, name);
  }
}

function nameOf(action: unknown): unknown {
  return typeof action === 'object' && action !== null && 'type' in action ? action.type : action;
}

/** Functions stay what they are. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}

function sameText(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
