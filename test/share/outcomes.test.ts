import { expect, test } from 'vitest';
import {
  AuthenticationError,
  ConnectionLostError,
  OptionError,
  SessionClosedError,
  TimeoutError,
  TooManyRequestsError,
} from '../../src/index.js';
import { noteFailedAfterSending } from '../../src/protocol/failed-after-sending.js';
import { NOT_WRITTEN, outcomeOf } from '../../src/share/outcomes.js';

const asked = { name: 'write 3', serviceId: 20, dataId: 3, peerAddress: undefined };
const timeout = (reason: 'no-answer' | 'not-connected') => new TimeoutError(asked, 100, reason);
const lost = (written: boolean) => new ConnectionLostError(asked, written, 'connection-reset');

test.each([
  [NOT_WRITTEN, 'not-sent', 'not-sent'],
  [timeout('no-answer'), 'no-answer', 'no-answer'],
  [timeout('not-connected'), 'device-busy', 'no-answer'],
  [lost(true), 'connection-lost', 'connection-lost'],
  [lost(false), 'device-away', 'no-answer'],
  [new SessionClosedError('it was answered'), 'connection-lost', 'connection-lost'],
  [new AuthenticationError('wrong-secret'), 'device-away', 'no-answer'],
  [new OptionError('timeout', 'milliseconds', 'a string'), 'not-sent', 'no-answer'],
  [new TooManyRequestsError('too-many-pending', 10, asked), 'not-sent', 'no-answer'],
  [new TypeError('no such data'), 'not-sent', 'no-answer'],
  [new RangeError('too long'), 'not-sent', 'no-answer'],
  [new Error('of a middleware'), 'no-answer', 'no-answer'],
  ['a text', 'no-answer', 'no-answer'],
])('a request that fails with %s is %s, and %s where it was sent before', (error, outcome, afterSending) => {
  expect(outcomeOf(error)).toBe(outcome);
  noteFailedAfterSending(error);
  expect(outcomeOf(error)).toBe(afterSending);
});
