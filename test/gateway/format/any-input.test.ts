/** What gateways tell each other and their programs, written and read back; and whatever else a bus may bring in its place. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClaimAnswer,
  decodeClaimAnswer,
  encodeClaimAnswer,
} from '../../../src/gateway/claim-answers.js';
import { failureOf, timeoutIn } from '../../../src/gateway/format/failures.js';
import { decodePayload, encodePayload } from '../../../src/gateway/format/payload.js';
import {
  decodePresence,
  decodePresenceList,
  encodePresence,
  encodePresenceList,
  isEpoch,
  type PresenceEvent,
  type PresenceList,
} from '../../../src/gateway/format/presence.js';
import {
  decodeWord,
  encodeWord,
  fromSubject,
  idsOfSubject,
  requestSubject,
} from '../../../src/gateway/format/subjects.js';
import { BusError, Message, SocketProtocolError } from '../../../src/index.js';
import { LINK_REASONS, type LinkReason } from '../../../src/protocol/reasons.js';
import { damaged } from '../../support/any-entry.js';

const NO_EPOCH = 2 ** 48;
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const epoch = fc.integer({ min: 0, max: NO_EPOCH - 1 });
const at = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const seq = fc.option(fc.nat(), { nil: undefined });
const maybe = fc.option(name, { nil: undefined });

const event: fc.Arbitrary<PresenceEvent> = fc.oneof(
  fc.record({
    event: fc.constant('arrived' as const),
    device: name,
    gateway: name,
    epoch,
    address: maybe,
    again: fc.constantFrom(true as const, undefined),
    at,
    seq,
  }),
  fc.record({
    event: fc.constant('left' as const),
    device: name,
    gateway: name,
    epoch,
    reason: fc.constantFrom(undefined, ...(Object.keys(LINK_REASONS) as LinkReason[])),
    to: maybe,
    at,
    seq,
  }),
  fc.record({
    event: fc.constantFrom('gateway.up' as const, 'gateway.alive' as const, 'gateway.down' as const),
    gateway: name,
    at,
    seq,
  }),
);
const list: fc.Arbitrary<PresenceList> = fc
  .record({
    gateway: name,
    devices: fc.array(fc.record({ device: name, epoch, since: at, address: maybe }), { maxLength: 4 }),
    parts: fc.integer({ min: 1, max: 9 }),
    seq,
  })
  .chain((each) => fc.integer({ min: 1, max: each.parts }).map((part) => ({ ...each, part })));
const answer: fc.Arbitrary<ClaimAnswer> = fc.record({
  verdict: fc.constantFrom('contested' as const, 'refused' as const),
  device: name,
  about: epoch,
  epoch,
  gateway: name,
});

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

describe('what gateways tell', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(event, list, answer, (told, listed, claimed) => {
        expect(decodePresence(encodePresence(told))).toEqual(told);
        expect(decodePresenceList(encodePresenceList(listed))).toEqual(listed);
        expect(decodeClaimAnswer(encodeClaimAnswer(claimed))).toEqual(claimed);
      }),
    );
  });

  test('is whole, or nothing, whatever comes in its place', () => {
    const bytes = fc.oneof(
      damaged(event.map((each) => textOf(encodePresence(each)))),
      damaged(list.map((each) => textOf(encodePresenceList(each)))),
      damaged(answer.map((each) => textOf(encodeClaimAnswer(each)))),
      fc.json(),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          bytes.map((text) => Buffer.from(text)),
          fc.uint8Array(),
        ),
        (data) => {
          const told = decodePresence(data);
          if (told !== null) {
            expect(isName(told.gateway) && isName(told.at)).toBe(true);
            if ('device' in told) expect(isName(told.device) && isEpoch(told.epoch)).toBe(true);
          }
          const listed = decodePresenceList(data);
          for (const { device, epoch: number, since } of listed?.devices ?? [])
            expect(isName(device) && isEpoch(number) && isName(since)).toBe(true);
          if (listed !== null) expect(listed.part >= 1 && listed.part <= listed.parts).toBe(true);
          const claimed = decodeClaimAnswer(data);
          if (claimed !== null) expect(isEpoch(claimed.epoch) && isEpoch(claimed.about)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  const arrived = { event: 'arrived', device: 'pump', gateway: 'g1', epoch: 7, at: 'now' };
  test.each([
    ['a gateway without a name', { ...arrived, gateway: '' }],
    ['a gateway that is none', { ...arrived, gateway: 7 }],
    ['no time', { ...arrived, at: undefined }],
    ['no device', { ...arrived, device: undefined }],
    ['a device without a name', { ...arrived, device: '' }],
    ['an epoch that no clock gives', { ...arrived, epoch: NO_EPOCH }],
    ['half an epoch', { ...arrived, epoch: 0.5 }],
    ['an epoch before the first', { ...arrived, epoch: -1 }],
    ['another event', { ...arrived, event: 'came' }],
    ['a word', 'arrived'],
    ['null', null],
  ])('is no event with %s', (_, value) => {
    expect(decodePresence(Buffer.from(JSON.stringify(value)))).toBeNull();
    expect(decodePresence(Buffer.from(JSON.stringify(arrived)))).toMatchObject({ device: 'pump' });
  });

  const device = { device: 'pump', epoch: 7, since: 'now' };
  const part = { gateway: 'g1', devices: [device], part: 1, parts: 1 };
  test.each([
    ['no gateway', { ...part, gateway: undefined }],
    ['no devices', { ...part, devices: null }],
    ['no number', { ...part, part: undefined }],
    ['a number before the first', { ...part, part: 0 }],
    ['a number after the last', { ...part, part: 2 }],
    ['no count', { ...part, parts: undefined }],
    ['a count that is none', { ...part, parts: '1' }],
    ['a device without a name', { ...part, devices: [device, { ...device, device: '' }] }],
    ['a device without an epoch', { ...part, devices: [device, { ...device, epoch: null }] }],
    ['a device without a time', { ...part, devices: [device, { ...device, since: undefined }] }],
    ['a device that is none', { ...part, devices: [device, null] }],
    ['null', null],
  ])('is no part of a list with %s', (_, value) => {
    expect(decodePresenceList(Buffer.from(JSON.stringify(value)))).toBeNull();
    expect(decodePresenceList(Buffer.from(JSON.stringify(part)))).toMatchObject({ devices: [device] });
  });

  const claim = { verdict: 'contested', device: 'pump', about: 7, epoch: 8, gateway: 'g1' };
  test.each([
    ['another verdict', { ...claim, verdict: 'granted' }],
    ['no device', { ...claim, device: undefined }],
    ['no gateway', { ...claim, gateway: null }],
    ['no claim', { ...claim, about: undefined }],
    ['a holder of no epoch', { ...claim, epoch: NO_EPOCH }],
    ['null', null],
  ])('is no answer to a claim with %s', (_, value) => {
    expect(decodeClaimAnswer(Buffer.from(JSON.stringify(value)))).toBeNull();
    expect(decodeClaimAnswer(Buffer.from(JSON.stringify(claim)))).toEqual(claim);
  });
});

describe('a subject', () => {
  const id = fc.maxSafeNat();

  test('says which device and ids it was made of', () => {
    fc.assert(
      fc.property(name, id, id, (device, serviceId, dataId) => {
        fc.pre(device.isWellFormed());
        const word = encodeWord(device);
        for (const subject of [requestSubject, fromSubject])
          expect(idsOfSubject(subject('sp', word, serviceId, dataId))).toEqual({ word, serviceId, dataId });
        expect(decodeWord(word)).toBe(device.normalize('NFC'));
      }),
    );
  });

  test('is read as the only one with its ids, or not at all', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom('.', '%', '0', '7', '%41', '%C3%BC', 'ü'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        const ids = idsOfSubject(text);
        if (ids !== null)
          expect(text.endsWith(`.${ids.word}.${ids.serviceId}.${ids.dataId}`) && ids.word !== '').toBe(true);
        const decoded = decodeWord(text);
        if (decoded !== null) expect(encodeWord(decoded)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a message on a bus', () => {
  const ids = { serviceId: 10, dataId: 7 };

  test('is read as it was written, or refused as what it is', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as never);
    fc.assert(
      fc.property(json, fc.nat(6), (data, status) => {
        const message = new Message({ ...ids, status, data });
        expect(decodePayload(encodePayload(message), ids)).toEqual(message);
      }),
    );
    const written = json.map((data) => textOf(encodePayload(new Message({ ...ids, data }))));
    fc.assert(
      fc.property(
        fc.oneof(
          damaged(written).map((text) => Buffer.from(text)),
          fc.uint8Array(),
        ),
        (data) => {
          try {
            expect(decodePayload(data, ids)).toMatchObject(ids);
          } catch (error) {
            if (!(error instanceof BusError)) throw error;
            expect(error.reason).toBe('bus-bad-message');
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('with any headers is an answer, or a failure that a program can tell apart', () => {
    const key = fc.constantFrom(
      'Sp-Error',
      'Sp-Written',
      'Sp-Timeout',
      'Sp-Limit',
      'Nats-Service-Error-Code',
      'Nats-Service-Error',
      'Sp-Status',
    );
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('no-such-peer', 'no-answer', 'peer-closed', 'toString', '1e999', '-1', 'false', '500'),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value), (headers) => {
        const failure = failureOf(headers, { name: 'a request', peerAddress: 'a bus', ...ids }, 'pump');
        expect(failure === null || failure instanceof SocketProtocolError).toBe(true);
        expect(timeoutIn(headers)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
