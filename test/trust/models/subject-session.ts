/**
 * The session machine in each of its configurations. What its children report is caused by what makes them report it:
 * so it hears more than the one event that a walk asks for, and the model follows all of it.
 */

import { sessionMachine } from '../../../machines/index.js';
import type { SessionOptions } from '../../../src/index.js';
import type { SessionInternals } from '../../../src/session/internals.js';
import { AUTHENTICATION_PEER_EVENTS, CHANNEL_NAME_PEER_EVENTS } from '../../support/peer-events.js';
import type { Effect, LineMode } from './bench.js';
import { SessionWorld } from './session-world.js';
import type { Expectations, Subject, Unreachable, Variant } from './variant.js';

const SECRET = Buffer.from('a secret that only a test knows');

interface Configuration {
  readonly isClient: boolean;
  readonly session: SessionOptions;
  readonly internals?: SessionInternals;
  readonly line?: LineMode;
}

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  'client that authenticates when asked': { isClient: true, session: { secret: SECRET, autoAuth: false } },
  'client that authenticates by itself': { isClient: true, session: { secret: SECRET, autoAuth: true } },
  'client without a secret': { isClient: true, session: {} },
  'client with a heartbeat': { isClient: true, session: {}, line: 'silent' },
  'server with a secret': { isClient: false, session: { secret: SECRET } },
  'server without a secret': { isClient: false, session: {} },
  'server of one connection': {
    isClient: false,
    session: { secret: SECRET },
    internals: { endsWithItsLink: true },
  },
};

const CLIENTS = Object.keys(CONFIGURATIONS).filter((name) => CONFIGURATIONS[name]?.isClient);
const SERVERS = Object.keys(CONFIGURATIONS).filter((name) => !CLIENTS.includes(name));
const WITH_HEARTBEAT = 'client with a heartbeat';
const WITHOUT_HEARTBEAT = Object.keys(CONFIGURATIONS).filter((name) => name !== WITH_HEARTBEAT);
const WITHOUT_SECRET = ['client without a secret', WITH_HEARTBEAT, 'server without a secret'];
const WITH_SECRET = Object.keys(CONFIGURATIONS).filter((name) => !WITHOUT_SECRET.includes(name));

const announced = (text: string) => (): Effect[] => [{ channel: 'announced', text }];
const announcedWhy =
  (text: string) =>
  ({ reason }: Readonly<Record<string, unknown>>): Effect[] => [
    { channel: 'announced', text: `${text}: ${reason}` },
  ];
/** What passes is asked in every state; what is sent to the children is compared with what they have processed. */
const elsewhere = (): Effect[] => [];

const EXPECTATIONS: Expectations = {
  actions: {
    'spawn connection': elsewhere,
    'spawn authentication': elsewhere,
    'spawn channel name': elsewhere,
    'spawn heartbeat': elsewhere,
    'spawn pending requests': elsewhere,
    'start the heartbeat': elsewhere,
    'stop the heartbeat': elsewhere,
    'let nothing pass': elsewhere,
    'let only the whitelist pass': elsewhere,
    'let everything pass': elsewhere,
    'announce connected': announced('connected'),
    'announce disconnected': announcedWhy('disconnected'),
    'announce a failed attempt': announcedWhy('connectFailed'),
    'announce abandoned': announcedWhy('abandoned'),
    'announce trusted': announced('trusted'),
    'announce untrusted': announced('untrusted'),
    'announce a failed authentication': announcedWhy('authenticationFailed'),
    'announce closed': announced('closed'),
  },
  anySent: ({ to, event }) => [{ channel: 'sent', text: `${to} hears ${event.type}` }],
};

const heartbeatHears = (type: string) => (): Effect[] => [
  { channel: 'sent', text: `heartbeat hears ${type}` },
];

const EXPECTATIONS_WITH_HEARTBEAT: Expectations = {
  ...EXPECTATIONS,
  actions: {
    ...EXPECTATIONS.actions,
    'start the heartbeat': heartbeatHears('link.opened'),
    'stop the heartbeat': heartbeatHears('link.closed'),
  },
};

const REASON = 'for a test';
const SAMPLES = [
  { type: 'session.start' },
  { type: 'session.authenticate', timeoutMs: 2_000 },
  { type: 'session.reconnect' },
  { type: 'session.close' },
  { type: 'link.opened' },
  { type: 'link.closed', reason: REASON },
  { type: 'link.failed', reason: REASON },
  { type: 'connection.established' },
  { type: 'connection.lost', reason: REASON },
  { type: 'connection.attemptFailed', reason: REASON },
  { type: 'connection.abandoned', reason: REASON },
  { type: 'authentication.trusted' },
  { type: 'authentication.distrusted' },
  { type: 'authentication.failed', reason: REASON },
  ...AUTHENTICATION_PEER_EVENTS.map((type) => ({ type, reason: REASON })),
  ...CHANNEL_NAME_PEER_EVENTS.map((type) => ({ type, name: 'theirs' })),
  { type: 'authentication.limitExceeded', reason: REASON },
  { type: 'heartbeat.due' },
  { type: 'heartbeat.missed' },
  { type: 'requests.overdue' },
  { type: 'link.answerRefused' },
  { type: 'peer.limitExceeded', reason: REASON },
  { type: 'output.drained' },
];

function variant(name: string): Variant {
  const configuration = CONFIGURATIONS[name];
  if (configuration === undefined) throw new Error(`expected a configuration, got ${name}`);
  return {
    name,
    actorId: 'session',
    isExact: false,
    samples: SAMPLES,
    expectations: name === WITH_HEARTBEAT ? EXPECTATIONS_WITH_HEARTBEAT : EXPECTATIONS,
    fields: (input) => ({ input, opening: [{ type: 'session.start' }], overIn: ['closed'] }),
    open: async () => new SessionWorld(configuration),
  };
}

const UP = ['connected.restricted', 'connected.unrestricted'];

const UNREACHABLE: readonly Unreachable[] = [
  {
    states: ['disconnected', ...UP],
    events: ['session.start'],
    reason: 'a session starts once, when it is made; each walk begins with that',
  },
  {
    states: ['disconnected', 'connected.unrestricted'],
    events: ['session.authenticate'],
    reason: 'authenticate() is refused where there is no link, and true at once where there is trust',
  },
  {
    variants: SERVERS,
    states: ['connected.restricted'],
    events: ['session.authenticate'],
    reason: 'authenticate() of a server is refused',
  },
  {
    variants: WITHOUT_HEARTBEAT,
    events: ['heartbeat.due', 'heartbeat.missed'],
    reason: 'there is no heartbeat',
  },
  {
    states: ['disconnected'],
    events: ['heartbeat.due', 'heartbeat.missed'],
    reason: 'without a link there is nobody to listen to',
  },
  {
    states: ['disconnected'],
    events: ['requests.overdue', 'link.answerRefused'],
    reason: 'without a link nobody waits for an answer',
  },
  {
    variants: [...CLIENTS, ...WITHOUT_SECRET],
    events: ['authentication.limitExceeded'],
    reason: 'only a server that has a secret compares keys',
  },
  {
    states: UP,
    events: ['connection.established', 'connection.attemptFailed', 'connection.abandoned'],
    reason: 'its connection has a link and opens no other',
  },
  {
    states: ['disconnected'],
    events: ['connection.lost'],
    reason: 'its connection has no link to lose',
  },
  {
    variants: SERVERS,
    states: ['disconnected'],
    events: ['connection.attemptFailed', 'connection.abandoned'],
    reason: 'a server attempts nothing',
  },
  {
    states: ['disconnected', 'connected.unrestricted'],
    events: ['authentication.trusted'],
    reason: 'trust is granted on a link, once, and never without a secret',
  },
  {
    states: ['connected.restricted'],
    events: ['authentication.distrusted'],
    reason: 'its authentication is not trusted, so it cannot lose trust',
  },
  {
    variants: ['client that authenticates when asked', 'client that authenticates by itself'],
    states: ['connected.unrestricted'],
    events: ['authentication.distrusted'],
    reason: 'the trust of a client ends with its link alone, and by then there is none',
  },
  {
    variants: WITHOUT_SECRET,
    events: ['authentication.distrusted', 'authentication.failed'],
    reason: 'without a secret nobody authenticates',
  },
  {
    variants: ['server of one connection'],
    states: ['disconnected'],
    events: ['authentication.distrusted'],
    reason: 'it is closed with its link, before its authentication has reported the rest',
  },
  {
    variants: CLIENTS.filter((name) => WITH_SECRET.includes(name)),
    states: ['connected.unrestricted'],
    events: ['authentication.failed'],
    reason: 'a trusted client attempts nothing',
  },
  {
    variants: CLIENTS,
    events: ['peer.keyAccepted'],
    reason: 'a client compares no keys: any key that comes is a wrong one',
  },
  {
    variants: SERVERS,
    events: ['peer.seedReceived'],
    reason: 'a server has no use for any seed',
  },
  {
    variants: ['client without a secret', WITH_HEARTBEAT],
    events: ['peer.seedReceived'],
    reason: 'without a secret no seed can be used',
  },
  {
    variants: ['server without a secret'],
    events: ['peer.seedRequested', 'peer.keyAccepted', 'peer.keyRejected'],
    reason: 'a server without a secret says that it knows no such service, and its machine hears nothing',
  },
  {
    states: ['disconnected'],
    events: ['peer.keyAccepted'],
    reason: 'without a link no seed has come out that a key could fit',
  },
  {
    states: ['connected.unrestricted'],
    events: ['peer.keyAccepted'],
    reason: 'a key needs a seed, and to ask for one ends the trust',
  },
];

/** The session machine. */
export const sessionSubject: Subject = {
  name: 'session',
  machine: sessionMachine,
  variants: Object.keys(CONFIGURATIONS).map(variant),
  unreachable: UNREACHABLE,
  untakable: {
    'session.closed: session.start': 'a closed session tells its machine nothing',
    'session.closed: session.close': 'a closed session tells its machine nothing',
    'session.closed: output.drained': 'a closed session tells its machine nothing',
  },
};
