/** Rows 20 to 28: requests and responses that nobody expects. */

import { frameOf } from '../support/bytes.js';
import { ASCTIME } from '../support/socket-puppet.js';
import type { BadInputCase } from './support-bad-input.js';

const NO_CALLBACKS = (): void => {};

export const REQUEST_CASES: readonly BadInputCase[] = [
  {
    id: '#20',
    title: 'a response with an unknown status is delivered as it is',
    state: 'no secret',
    input: [
      { requests: [10, 5] },
      frameOf(11, 5, 'odd', 77),
      { requests: [10, 5] },
      frameOf(11, 5, null, 2 ** 53 - 1),
    ],
    answers: [
      [10, 5, 0, null],
      [10, 5, 0, null],
    ],
    settles: [
      [11, 5, 77, 'odd'],
      [11, 5, 2 ** 53 - 1, null],
    ],
  },
  {
    id: '#21a',
    title: 'a request of an unknown service is not answered and kept for receive',
    state: 'trusted',
    input: [frameOf(77, 1, 'odd'), { receives: [77, 1] }],
    settles: [[77, 1, 0, 'odd']],
  },
  {
    id: '#21b',
    title: 'it is dropped where nothing is to be kept',
    state: 'trusted',
    options: { bufferUnhandled: false },
    input: [frameOf(77, 1, 'odd')],
    drops: { unsolicited: 1 },
  },
  {
    id: '#21c',
    title: 'it is dropped before trust',
    state: 'untrusted',
    input: [frameOf(77, 1, 'odd')],
    drops: { untrusted: 1 },
  },
  {
    id: '#22a',
    title: 'a request of a known service without a callback is kept and answered with "buffered"',
    state: 'no secret',
    input: [frameOf(8, 7, 'odd'), { receives: [8, 7] }],
    answers: [[9, 7, 1, null]],
    settles: [[8, 7, 0, 'odd']],
  },
  {
    id: '#22b',
    title: 'it is answered with "unknown" where nothing is to be kept',
    state: 'no secret',
    options: { bufferUnhandled: false },
    callbacks: NO_CALLBACKS,
    input: [frameOf(10, 0)],
    drops: { unsolicited: 1 },
    answers: [[11, 0, 4, null]],
  },
  {
    id: '#23a',
    title: 'requests before trust are answered with "authentification required", and no callback runs',
    state: 'untrusted',
    input: [frameOf(10, 0), frameOf(20, 7, 'x'), frameOf(30, 7, 'x'), frameOf(8, 7), frameOf(0, 2)],
    drops: { untrusted: 5 },
    answers: [
      [11, 0, 3, null],
      [21, 7, 3, null],
      [31, 7, 3, null],
      [9, 7, 3, null],
      [1, 2, 3, null],
    ],
  },
  {
    id: '#24',
    title: 'a request on the whitelist is handled before trust, one beside it is not',
    state: 'untrusted',
    callbacks: (session) => session.onRead(null, () => ASCTIME).addMsgToAuthWhitelist(10, 0),
    input: [frameOf(10, 0), frameOf(10, 1), frameOf(20, 0)],
    drops: { untrusted: 2 },
    answers: [
      [11, 0, 0, ASCTIME],
      [11, 1, 3, null],
      [21, 0, 3, null],
    ],
  },
  {
    id: '#25',
    title: 'a request with a status other than okay goes to its callback with it',
    state: 'no secret',
    input: [frameOf(10, 0, null, 5), frameOf(30, 7, 'x', 77)],
    answers: [
      [11, 0, 0, ASCTIME],
      [31, 7, 0, 'x'],
    ],
    ran: [
      [10, 0, 5, null],
      [30, 7, 77, 'x'],
    ],
  },
  {
    id: '#26a',
    title: 'a response that nobody asked for is kept for receive and settles no later request',
    state: 'trusted',
    input: [frameOf(11, 5, 'forged'), { requests: [10, 5] }, { receives: [11, 5] }],
    answers: [[10, 5, 0, null]],
    settles: ['pending', [11, 5, 0, 'forged']],
  },
  {
    id: '#26b',
    title: 'it is dropped where nothing is to be kept',
    state: 'trusted',
    options: { bufferUnhandled: false },
    input: [frameOf(11, 5, 'forged'), frameOf(31, 5, null, 3)],
    drops: { unsolicited: 2 },
  },
  {
    id: '#26c',
    title: 'it is dropped before trust, whatever its status',
    state: 'untrusted',
    input: [frameOf(11, 5, 'forged'), frameOf(11, 5, null, 3), frameOf(1, 7)],
    drops: { untrusted: 3 },
  },
  {
    id: '#27a',
    title: 'a second response settles no later request',
    state: 'trusted',
    input: [{ requests: [10, 5] }, frameOf(11, 5, 'first'), frameOf(11, 5, 'second'), { requests: [10, 5] }],
    answers: [
      [10, 5, 0, null],
      [10, 5, 0, null],
    ],
    settles: [[11, 5, 0, 'first'], 'pending'],
  },
  {
    id: '#27b',
    title: 'it is dropped where nothing is to be kept',
    state: 'trusted',
    options: { bufferUnhandled: false },
    input: [{ requests: [10, 5] }, frameOf(11, 5, 'first'), frameOf(11, 5, 'second')],
    drops: { unsolicited: 1 },
    answers: [[10, 5, 0, null]],
    settles: [[11, 5, 0, 'first']],
  },
  {
    id: '#28',
    title: 'a response after the time-out is dropped, and the next request gets its own',
    state: 'trusted',
    input: [
      { requests: [10, 5], timeoutMs: 100 },
      { waitsMs: 100 },
      { requests: [10, 5] },
      frameOf(11, 5, 'late'),
      frameOf(11, 5, 'in time'),
    ],
    drops: { 'late-answer': 1 },
    answers: [
      [10, 5, 0, null],
      [10, 5, 0, null],
    ],
    settles: ['ERR_TIMEOUT, written', [11, 5, 0, 'in time']],
  },
];
