import { expect, test } from 'vitest';
import { detectorOf } from '../../../src/inspector/detect/detector.js';
import type { TimeoutReason } from '../../../src/protocol/reasons.js';

test('the last 1,000 requests that timed out explain those that waited behind them, however many there were', () => {
  const detector = detectorOf();
  let ms = 0;
  const explainedBy = (dataId: number, reason: TimeoutReason): number | null | undefined => {
    const names = { service: 'read data request', data: `${dataId}` };
    const isWritten = reason === 'no-answer';
    const times = { waitedMs: 100, timeoutMs: 100, ahead: 0 };
    ms += 1_000;
    return detector
      .observed(
        { type: 'timed-out', serviceId: 10, dataId, names, reason, isWritten, ...times },
        ms,
        'client',
      )
      .find(({ code }) => code === 'request-timed-out')?.coveredBy;
  };
  for (let dataId = 0; dataId <= 1_000; dataId++) explainedBy(dataId, 'no-answer');
  expect(explainedBy(1, 'behind-unanswered-request')).toEqual(expect.any(Number));
  expect(explainedBy(1_000, 'behind-unanswered-request')).toEqual(expect.any(Number));
  expect(explainedBy(0, 'behind-unanswered-request')).toBe(null);
});
