/** What the error of a status says. */

import { expect, test } from 'vitest';
import { Message } from '../../src/index.js';
import { errorOfStatus } from '../../src/protocol/error-of-status.js';
import type { JsonValue } from '../../src/protocol/message.js';

const ASKED = { name: 'read data request, data_id 7', serviceId: 10, dataId: 7, peerAddress: undefined };

function textFor(data: JsonValue): string {
  const answer = new Message<JsonValue>({ serviceId: 11, dataId: 7, status: 2, data });
  return errorOfStatus(answer, 'callback error', ASKED).message;
}

test('the error of a status says why, where the data has a reason', () => {
  const said = textFor({ reason: 'device-away', written: false });
  expect(said).toBe('read data request, data_id 7: callback error (2): device-away');
});

test.each<[JsonValue]>([
  [null],
  ['device-away'],
  [[{ reason: 'device-away' }]],
  [{ reason: 7 }],
  [{ reason: '' }],
  [{ reason: 'Two words' }],
  [{ reason: 'a-\u001b[31m' }],
  [{ reason: 'away\n' }],
  [{ reason: 'a'.repeat(65) }],
])('the error of a status does not repeat other data: %j', (data) => {
  expect(textFor(data)).toBe('read data request, data_id 7: callback error (2)');
});
