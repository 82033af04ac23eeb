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
  readonly comesBack?: true;
  readonly isUnsupervised?: true;
}

const CONFIGURATIONS: Readonly<Record<string, Configuration>> = {
  'client that authenticates when asked': { isClient: true, session: { secret: SECRET, autoAuth: false } },
  'client that authenticates when asked and comes back': {
    isClient: true,
    session: { secret: SECRET, autoAuth: false },
    comesBack: true,
  },
  'client that authenticates by itself': { isClient: true, session: { secret: SECRET, autoAuth: true } },
  'client that authenticates by itself and comes back': {
    isClient: true,
    session: { secret: SECRET, autoAuth: true },
    comesBack: true,
  },
  'client whose transport opens links by itself': {
    isClient: true,
    session: { secret: SECRET, autoAuth: true },
    isUnsupervised: true,
  },
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
const ALL = Object.keys(CONFIGURATIONS);
const COMES_BACK = 'client that authenticates by itself and comes back';
const COMING_BACK = ['client that authenticates when asked and comes back', COMES_BACK];
const BY_THEMSELVES = ['client that authenticates by itself', COMES_BACK];
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
    'refuse what asks': elsewhere,
    'let only the whitelist pass': elsewhere,
    'let everything pass': elsewhere,
    'announce connected': announced('connected'),
    'announce disconnected': announcedWhy('disconnected'),
    'announce a failed attempt': announcedWhy('connectFailed'),
    'announce abandoned': announcedWhy('abandoned'),
    'announce trusted': announced('trusted'),
    'announce untrusted': announced('untrusted'),
    'announce a failed authentication': announcedWhy('authenticationFailed'),
    'let nothing new begin': elsewhere,
    'let nothing more be asked': elsewhere,
    'spawn drain': elsewhere,
    'stop the drain': elsewhere,
    'announce closing': elsewhere,
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
  { type: 'session.drain', timeoutMs: 2_000 },
  { type: 'work.finished' },
  { type: 'drain.ended' },
  { type: 'transport.closed' },
  { type: 'link.opened' },
  { type: 'link.closed', reason: REASON },
  { type: 'link.failed', reason: REASON },
  { type: 'link.ended', owesAnswers: false },
  { type: 'connection.halfClosed' },
  { type: 'answers.sent' },
  { type: 'connection.established' },
  { type: 'connection.lost', reason: REASON },
  { type: 'connection.attemptFailed', reason: REASON },
  { type: 'connection.abandoned', reason: REASON },
  { type: 'connection.refused' },
  { type: 'authentication.trusted' },
  { type: 'authentication.distrusted' },
  { type: 'authentication.failed', reason: 'wrong-secret' },
  { type: 'authentication.failed', reason: 'unusable-seed' },
  ...AUTHENTICATION_PEER_EVENTS.map((type) => ({ type, reason: REASON })),
  ...CHANNEL_NAME_PEER_EVENTS.map((type) => ({ type, name: 'theirs' })),
  { type: 'authentication.limitExceeded', reason: REASON },
  { type: 'heartbeat.due' },
  { type: 'heartbeat.missed' },
  { type: 'requests.overdue' },
  { type: 'requests.waiting' },
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
    fields: (input) => ({ input, opening: [{ type: 'session.start' }] }),
    open: async () => new SessionWorld(configuration),
  };
}

const TALKING = ['connected.restricted', 'connected.trusted', 'connected.unprotected'];
const FINISHING = 'connected.finishing';
const UP = [...TALKING, FINISHING];
const DOWN = ['disconnected', 'refused'];

/** What a closing session waits for, and what its authentication says of its end. */
const HEARD_CLOSING = ['transport.closed', 'authentication.distrusted', 'authentication.failed'];

const UNREACHABLE: readonly Unreachable[] = [
  {
    states: ['closing'],
    events: [...new Set(SAMPLES.map(({ type }) => type))].filter((type) => !HEARD_CLOSING.includes(type)),
    reason: 'a closing session tells its machine nothing but that its transport has closed',
  },
  {
    states: ['closing'],
    events: ['authentication.distrusted', 'authentication.failed'],
    reason: 'what a closing session ends is reported once, at once',
    comesWithAnother: true,
  },
  {
    states: [...DOWN, FINISHING],
    events: ['connection.halfClosed'],
    reason: 'the stream of a peer ends once, on a link',
  },
  {
    variants: ALL.filter((name) => CONFIGURATIONS[name]?.session.autoAuth !== true),
    states: [FINISHING],
    events: ['authentication.failed'],
    reason: 'no authentication has begun, and a peer that has ended its stream says nothing more',
  },
  {
    variants: BY_THEMSELVES,
    states: [FINISHING],
    events: ['connection.refused'],
    reason: 'a peer that has ended its stream says no verdict',
  },
  {
    states: [...DOWN, ...TALKING],
    events: ['answers.sent'],
    reason: 'that is told of the answers for a peer that has ended its stream',
  },
  {
    states: [FINISHING],
    events: [
      ...AUTHENTICATION_PEER_EVENTS,
      ...CHANNEL_NAME_PEER_EVENTS,
      'peer.limitExceeded',
      'authentication.trusted',
      'authentication.distrusted',
      'authentication.limitExceeded',
      'requests.overdue',
      'heartbeat.due',
      'heartbeat.missed',
    ],
    reason: 'a peer that has ended its stream says nothing more, and is asked nothing more',
  },
  {
    states: [...DOWN, ...UP],
    events: ['transport.closed'],
    reason: 'a transport closes when it is told to',
  },
  {
    states: [...DOWN, ...UP],
    events: ['session.start'],
    reason: 'a session starts once, when it is made; each walk begins with that',
  },
  {
    states: [...DOWN, 'connected.trusted', 'connected.unprotected', FINISHING],
    events: ['session.authenticate'],
    reason:
      'authenticate() waits for a link, is refused without a secret or somebody who answers, and true at once where there is trust',
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
    states: DOWN,
    events: ['heartbeat.due', 'heartbeat.missed'],
    reason: 'without a link there is nobody to listen to',
  },
  {
    states: DOWN,
    events: ['requests.overdue', 'link.answerRefused'],
    reason: 'without a link nobody waits for an answer',
  },
  {
    states: ['refused'],
    events: ['output.drained', 'requests.waiting'],
    reason: 'nothing waits: what was made before has failed, and so has what was made since',
  },
  {
    variants: ALL.filter((name) => !COMING_BACK.includes(name)),
    states: ['disconnected'],
    events: ['requests.waiting'],
    reason: 'there is no pause between attempts that could be shorter',
  },
  {
    states: UP,
    events: ['requests.waiting'],
    reason: 'nothing waits for a link where there is one',
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
    states: DOWN,
    events: ['connection.lost', 'connection.refused'],
    reason: 'its connection has no link to lose',
  },
  {
    variants: ALL.filter((name) => !BY_THEMSELVES.includes(name)),
    states: UP,
    events: ['connection.refused'],
    reason: 'only a client that authenticates by itself takes a verdict for the end of its link',
  },
  {
    variants: BY_THEMSELVES,
    states: ['connected.trusted'],
    events: ['connection.refused'],
    reason: 'the peer has trusted it, which is its verdict',
  },
  {
    variants: BY_THEMSELVES.filter((name) => name !== COMES_BACK),
    states: ['refused'],
    events: ['connection.established', 'connection.attemptFailed'],
    reason: 'it tries again when its user wants it, who waits for the link then',
  },
  {
    variants: BY_THEMSELVES.filter((name) => name !== COMES_BACK),
    states: ['refused'],
    events: ['connection.abandoned'],
    reason: 'its connection says so once, together with the refusal',
    comesWithAnother: true,
  },
  {
    states: [...DOWN, 'connected.trusted', 'connected.unprotected'],
    events: ['authentication.trusted'],
    reason: 'trust is granted on a link, once, and never without a secret',
  },
  {
    states: ['connected.restricted', 'refused'],
    events: ['authentication.distrusted'],
    reason: 'its authentication is not trusted, so it cannot lose trust',
  },
  {
    variants: CLIENTS.filter((name) => WITH_SECRET.includes(name)),
    states: ['connected.trusted'],
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
    states: ['connected.trusted'],
    events: ['authentication.failed'],
    reason: 'a trusted client attempts nothing',
  },
  {
    states: ['refused'],
    events: ['authentication.failed'],
    reason: 'the authentication that was refused has failed before, and without a link there is no other',
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
    states: ['connected.trusted'],
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
    'session.closing: session.start': 'a closing session tells its machine nothing',
    'session.closing: session.drain': 'a closing session tells its machine nothing',
    'session.closing: session.close': 'a closing session tells its machine nothing',
    'session.closing: answers.sent': 'a closing session tells its machine nothing',
    'session.closing: work.finished': 'a closing session tells its machine nothing',
    'session.closing: drain.ended': 'its drain has been stopped',
    'session.closing: output.drained': 'a closing session tells its machine nothing',
    'session.closing: requests.waiting': 'nothing waits on a closing session',
  },
};
