import { describe, expect, test } from 'vitest';
import {
  DID_AUTH_KEY,
  DID_AUTH_SEED,
  DID_CHANNEL_NAME,
  Message,
  SID_AUTH_REQUEST,
  SID_AUTH_RESPONSE,
  SID_CHANNEL_NAME_REQUEST,
  SID_CHANNEL_NAME_RESPONSE,
  STATUS_OPERATION_NOT_PERMITTED,
} from '../../../src/index.js';
import {
  authenticationEventOf,
  channelNameEventOf,
  isAuthentication,
  isChannelName,
} from '../../../src/session/handshake/peer-events.js';

const message = (serviceId: number, dataId: number, data: unknown = null, status = 0): Message =>
  new Message({ serviceId, dataId, data: data as string, status });

describe('the messages of the handshake', () => {
  test('are known by both ids', () => {
    const known: string[] = [];
    for (let serviceId = 0; serviceId < 40; serviceId++) {
      for (let dataId = 0; dataId < 5; dataId++) {
        if (isAuthentication(message(serviceId, dataId))) known.push(`authentication ${serviceId}/${dataId}`);
        if (isChannelName(message(serviceId, dataId))) known.push(`name ${serviceId}/${dataId}`);
      }
    }
    expect(known).toEqual([
      'authentication 0/0',
      'authentication 0/1',
      'authentication 1/0',
      'authentication 1/1',
      'name 8/0',
      'name 9/0',
    ]);
  });
});

describe('a message of the authentication', () => {
  const eventOf = (each: Message, fits: boolean): { event: unknown; judged: unknown[] } => {
    const judged: unknown[] = [];
    const event = authenticationEventOf(each, (data) => {
      judged.push(data);
      return fits;
    });
    return { event, judged };
  };

  test.each([
    [SID_AUTH_REQUEST, DID_AUTH_SEED, 'x', 0, true, 'peer.seedRequested', []],
    [SID_AUTH_REQUEST, DID_AUTH_KEY, 'key', 0, true, 'peer.keyAccepted', ['key']],
    [SID_AUTH_REQUEST, DID_AUTH_KEY, 'key', 0, false, 'peer.keyRejected', ['key']],
    [SID_AUTH_RESPONSE, DID_AUTH_KEY, true, 0, false, 'peer.trustGranted', []],
    [SID_AUTH_RESPONSE, DID_AUTH_KEY, false, 0, true, 'peer.trustDenied', []],
    [SID_AUTH_RESPONSE, DID_AUTH_KEY, 1, 0, true, 'peer.trustDenied', []],
    [SID_AUTH_RESPONSE, DID_AUTH_KEY, true, STATUS_OPERATION_NOT_PERMITTED, true, 'peer.trustDenied', []],
    [SID_AUTH_RESPONSE, DID_AUTH_SEED, 'seed', 0, true, 'peer.seedReceived', ['seed']],
  ] as const)('means %#', (serviceId, dataId, data, status, fits, type, judged) => {
    expect(eventOf(message(serviceId, dataId, data, status), fits)).toEqual({ event: { type }, judged });
  });

  test('that denies a seed says why', () => {
    expect(eventOf(message(SID_AUTH_RESPONSE, DID_AUTH_SEED, 'seed'), false).event).toEqual({
      type: 'peer.seedDenied',
      reason: 'unusable-seed',
    });
    const refused = message(SID_AUTH_RESPONSE, DID_AUTH_SEED, 'seed', STATUS_OPERATION_NOT_PERMITTED);
    expect(eventOf(refused, true)).toEqual({
      event: { type: 'peer.seedDenied', reason: 'peer-has-no-secret' },
      judged: [],
    });
  });
});

describe('a message with a name', () => {
  test.each([
    [SID_CHANNEL_NAME_REQUEST, 'gar\nden', 0, { type: 'peer.nameRequested', name: 'garden' }],
    [SID_CHANNEL_NAME_REQUEST, null, 0, { type: 'peer.nameRequested', name: null }],
    [SID_CHANNEL_NAME_REQUEST, 5, 0, { type: 'peer.nameRequested', name: null }],
    [SID_CHANNEL_NAME_REQUEST, 'a', 3, { type: 'peer.nameRequested', name: 'a' }],
    [SID_CHANNEL_NAME_RESPONSE, 'x'.repeat(200), 0, { type: 'peer.nameAnswered', name: 'x'.repeat(128) }],
    [SID_CHANNEL_NAME_RESPONSE, '\n', 0, { type: 'peer.nameAnswered', name: null }],
    [SID_CHANNEL_NAME_RESPONSE, 'a', 3, { type: 'peer.nameAnswered', name: null }],
  ])('carries it cleaned and cut, if it is one: %#', (serviceId, data, status, event) => {
    expect(channelNameEventOf(message(serviceId, DID_CHANNEL_NAME, data, status))).toEqual(event);
  });
});
