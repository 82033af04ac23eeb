/** The machine of a pending request: a request, a message and a `receive`, each before each obstacle that it can meet. */

import { pendingRequestMachine } from '../../../machines/index.js';
import type { Effect } from './bench.js';
import type { ModelEvent } from './model.js';
import { LATE_ANSWER_GRACE_MS, PendingWorld, type Situation, TIMEOUT_MS } from './pending-world.js';
import type { Expectations, Subject, Unreachable, Variant } from './variant.js';

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'request without a connection': { kind: 'request', obstacle: 'no connection', isSecretSet: false },
  'request without trust': { kind: 'request', obstacle: 'no trust', isSecretSet: true },
  'request before a verdict': {
    kind: 'request',
    obstacle: 'no trust',
    isSecretSet: true,
    comesBack: true,
    // missed, and its link broken, while the request still waits
    authenticationTimeoutMs: 600,
  },
  'request that passes before a verdict': {
    kind: 'request',
    obstacle: 'no connection',
    isSecretSet: true,
    comesBack: true,
    authenticationTimeoutMs: 100_000,
    isWhitelisted: true,
  },
  'request after a refusal': { kind: 'request', obstacle: 'a refusal', isSecretSet: true, comesBack: true },
  'message after a refusal': { kind: 'message', obstacle: 'a refusal', isSecretSet: true, comesBack: true },
  'request without room': { kind: 'request', obstacle: 'no room', isSecretSet: false },
  'request behind a ghost': { kind: 'request', obstacle: 'a ghost ahead', isSecretSet: false },
  'message without a connection': { kind: 'message', obstacle: 'no connection', isSecretSet: false },
  'message without room': { kind: 'message', obstacle: 'no room', isSecretSet: false },
  'message that a link alone does not let pass': {
    kind: 'message',
    obstacle: 'no connection',
    isSecretSet: true,
  },
  receive: { kind: 'receive', obstacle: 'nothing', isSecretSet: false, mayComeBack: true },
};

const of = (fits: (situation: Situation) => boolean): string[] =>
  Object.keys(SITUATIONS).filter((name) => {
    const situation = SITUATIONS[name];
    return situation !== undefined && fits(situation);
  });

const ONCE_WRITTEN = ['waiting', 'ghost'];

function expectationsOf(kind: Situation['kind']): Expectations {
  const settled = (texts: Readonly<Partial<Record<Situation['kind'], string>>>) => (): readonly Effect[] => [
    { channel: 'settled', text: texts[kind] ?? `(nothing that a ${kind} is settled with)` },
  ];
  return {
    actions: {
      'settle with the answer': settled({ request: '"answer"', receive: '"answer"' }),
      'settle as sent': settled({ message: 'true' }),
      'settle as refused': settled({ message: 'false' }),
      'settle as refused by the peer': settled({ request: 'AuthenticationError', message: 'false' }),
      'settle as timed out': (_, { from }) =>
        settled({
          request: `TimeoutError, ${from === 'waiting' ? '' : 'not '}written`,
          message: 'false',
          receive: 'null',
        })(),
      'settle as cancelled': settled({ request: 'AbortError' }),
      'settle as not sent, connection lost': settled({
        request: 'ConnectionLostError, not written',
        message: 'false',
        receive: 'null',
      }),
      'settle as outcome unknown, connection lost': settled({ request: 'ConnectionLostError, written' }),
      'settle as session closed': settled({
        request: 'SessionClosedError',
        message: 'false',
        receive: 'null',
      }),
      'drop the late answer': () => [{ channel: 'dropped', text: 'late-answer' }],
      'reset the connection': () => [
        {
          channel: 'announced',
          text: 'disconnected: answer-overdue',
        },
      ],
    },
    event: ({ event }) => {
      if (event.type === 'request.written') return [{ channel: 'wire', text: '10 null' }];
      return event.type === 'message.written' ? [{ channel: 'wire', text: '200 "a message"' }] : [];
    },
  };
}

const SAMPLES = [
  { type: 'request.written' },
  { type: 'message.written' },
  { type: 'message.refused' },
  { type: 'authentication.refused' },
  { type: 'receive.started' },
  { type: 'peer.answered' },
  { type: 'request.cancelled' },
  { type: 'link.closed' },
  { type: 'connection.abandoned' },
  { type: 'session.closed' },
];

function variant(name: string): Variant {
  const situation = SITUATIONS[name];
  if (situation === undefined) throw new Error(`expected a situation, got ${name}`);
  return {
    name,
    actorId: 'session',
    isExact: false,
    samples: SAMPLES,
    expectations: expectationsOf(situation.kind),
    fields: () => ({
      input: undefined,
      opening: openingOf(situation),
      delays: {
        // one deadline for all of its states
        'time left': (_, { elapsedMs }) => TIMEOUT_MS - elapsedMs,
        'late answer grace': () => LATE_ANSWER_GRACE_MS,
      },
    }),
    open: () => PendingWorld.open(situation),
    waitMs: 400,
  };
}

/** What it hears as soon as it is made. */
function openingOf({ kind, obstacle }: Situation): ModelEvent[] {
  if (kind === 'receive') return [{ type: 'receive.started' }];
  return obstacle === 'a refusal' ? [{ type: 'authentication.refused' }] : [];
}

const UNREACHABLE: readonly Unreachable[] = [
  {
    variants: of(({ kind }) => kind !== 'request'),
    events: ['request.written', 'request.cancelled'],
    reason: 'only a request expects an answer, and only a request can be taken back',
  },
  {
    variants: of(({ kind }) => kind !== 'message'),
    events: ['message.written', 'message.refused'],
    reason: 'only a message needs nothing but to be sent',
  },
  {
    variants: of(({ kind }) => kind !== 'receive'),
    events: ['receive.started'],
    reason: 'only a receive waits without having written anything',
  },
  {
    variants: of(({ comesBack }) => !comesBack),
    events: ['authentication.refused'],
    reason: 'only a client that authenticates by itself takes a verdict for the end of its link',
  },
  {
    variants: of(({ comesBack, isWhitelisted }) => comesBack === true && !isWhitelisted),
    states: ONCE_WRITTEN,
    events: ['authentication.refused'],
    reason: 'it was written on a link with trust, which is the verdict of the peer',
  },
  {
    variants: of(({ isWhitelisted }) => isWhitelisted === true),
    states: ONCE_WRITTEN,
    events: ['authentication.refused'],
    reason: 'what was written has been lost with its link before',
  },
  {
    variants: of(({ isWhitelisted }) => isWhitelisted === true),
    states: ['queued'],
    events: ['authentication.refused', 'connection.abandoned'],
    reason: 'without a link there is no verdict, and its session makes more attempts than it has time for',
  },
  {
    variants: of(({ comesBack, obstacle }) => comesBack === true && obstacle === 'no trust'),
    states: ['queued'],
    events: ['link.closed'],
    reason: 'what waits for trust outlives a link without it, and waits for the next',
  },
  {
    states: ['listening'],
    events: ['receive.started'],
    reason: 'it starts once, when it is made; each walk begins with that',
  },
  {
    variants: of(({ kind, isSecretSet }) => kind === 'message' && isSecretSet),
    events: ['message.written'],
    reason: 'nothing but the whitelist passes',
  },
  {
    variants: of(({ kind, isSecretSet }) => kind === 'message' && !isSecretSet),
    events: ['message.refused'],
    reason: 'without a secret everything passes',
  },
  {
    states: ONCE_WRITTEN,
    events: ['request.written'],
    reason: 'it is written once',
  },
  {
    states: ['queued'],
    events: ['peer.answered'],
    reason: 'what was not written stands in no line, so that nothing can be its answer',
  },
  {
    states: ['ghost'],
    events: ['request.cancelled'],
    reason: 'its promise has settled, so cancelling it does nothing',
  },
  {
    variants: of(({ obstacle }) => obstacle === 'no connection'),
    states: ['queued'],
    events: ['link.closed'],
    reason: 'it waits for a link, so there is none to close',
  },
  {
    variants: of(({ kind, obstacle }) => kind !== 'receive' && obstacle !== 'no connection'),
    states: ['queued'],
    events: ['connection.abandoned'],
    reason: 'it waits on a link, which has been opened already',
  },
  {
    states: ONCE_WRITTEN,
    events: ['connection.abandoned'],
    reason: 'it was written on a link, which has been opened already',
  },
];

/** The machine of a pending request. */
export const pendingRequestSubject: Subject = {
  name: 'pending request',
  machine: pendingRequestMachine,
  variants: Object.keys(SITUATIONS).map(variant),
  unreachable: UNREACHABLE,
  untakable: {
    'pendingRequest.listening: request.cancelled':
      'receive() takes no signal, so that nobody can take it back',
  },
};
