import { describe, expect, test } from 'vitest';
import { BACKOFF_OPTIONS } from '../../src/server/option-tables.js';
import { SESSION_OPTIONS } from '../../src/session/option-table.js';
import { DEFAULT_LINK_LIMITS } from '../../src/transport/link-limits.js';
import { RECONNECT_OPTIONS, TCP_CLIENT_OPTIONS } from '../../src/transport/option-tables.js';
import { DEFAULT_MAX_FRAME_LENGTH } from '../../src/wire/stp.js';
import { rightValues, TABLES, wrongValues } from '../support/option-tables.js';

const rows = TABLES.flatMap(([type, table]) =>
  Object.entries(table).map(([name, row]) => ({ type, name, row })),
);

describe('every table', () => {
  test('has rows', () => {
    expect(rows.length).toBeGreaterThan(70);
    for (const [type, table] of TABLES) expect(Object.keys(table), type).not.toEqual([]);
  });
});

describe.each(rows)('$type.$name', ({ name, row }) => {
  test('takes its bounds', () => {
    for (const value of rightValues(name, row)) {
      const checked = row.check(name, value);
      if (typeof value === 'number' || typeof value === 'boolean') expect(checked).toBe(value);
    }
  });

  test('refuses anything else, by name', () => {
    for (const value of wrongValues(row)) {
      expect(() => row.check(name, value), String(value)).toThrow(
        expect.objectContaining({ code: 'ERR_OPTION', reason: 'invalid-option', option: name }),
      );
    }
  });

  test('says why in a sentence', () => {
    expect(row.why).toMatch(/^[A-Z][^.]+.*\.$/);
  });
});

/** What may not be left out: the port, the stream of a stream transport, and what gateways, shares and workers cannot do without. */
const REQUIRED = new Set([
  'StreamOptions.stream',
  'GatewayOptions.bus',
  'GatewayOptions.listen',
  'ShareOptions.upstream',
  'ShareOptions.listen',
  'WorkerOptions.bus',
  'WorkerOptions.contract',
]);
const optional = rows.filter(
  ({ type, name, row }) =>
    (row.unit !== 'port' || row.default !== undefined) && !REQUIRED.has(`${type}.${name}`),
);

test.each(optional)('$type.$name has a default that it takes', ({ name, row }) => {
  expect(row.check(name, undefined)).toEqual(row.default);
  if (row.default !== undefined && row.unit !== 'options') {
    expect(row.check(name, row.default)).toEqual(row.default);
  }
});

describe('a port', () => {
  test('must be given to a client', () => {
    expect(() => TCP_CLIENT_OPTIONS.port.check('port', undefined)).toThrow(
      'Option port: expected an integer from 1 to 65535, got undefined',
    );
  });

  test('is refused with its value', () => {
    expect(() => TCP_CLIENT_OPTIONS.port.check('port', 70_000)).toThrow(
      'Option port: expected an integer from 1 to 65535, got 70000',
    );
  });
});

describe('options inside an option', () => {
  const { reconnect } = TCP_CLIENT_OPTIONS;

  test.each(
    Object.entries(RECONNECT_OPTIONS).flatMap(([name, row]) =>
      wrongValues(row).map((value) => ({ name, value })),
    ),
  )('are refused under their full name: reconnect.$name', ({ name, value }) => {
    expect(() => reconnect.check('reconnect', { [name]: value })).toThrow(
      expect.objectContaining({ option: `reconnect.${name}`, reason: 'invalid-option' }),
    );
  });

  test('are refused by name where they do not exist', () => {
    expect(() => reconnect.check('reconnect', { min_delay: 5 })).toThrow(
      expect.objectContaining({
        message: 'There is no option reconnect.min_delay; did you mean reconnect.minDelay?',
        option: 'reconnect.min_delay',
        reason: 'unknown-option',
      }),
    );
  });

  test('say that false is one of their values', () => {
    expect(() => reconnect.check('reconnect', { refusedDelay: 'never' })).toThrow(
      'Option reconnect.refusedDelay: expected milliseconds, or false, got a string',
    );
    expect(reconnect.check('reconnect', { refusedDelay: false })).toMatchObject({ refusedDelayMs: false });
  });

  test('cannot have a longest pause that is shorter than the shortest', () => {
    expect(() => reconnect.check('reconnect', { minDelay: 500, maxDelay: 100 })).toThrow(
      'Option reconnect.maxDelay: expected at least minDelay (500 ms), got 100',
    );
  });

  test('are completed from their own table', () => {
    expect(reconnect.check('reconnect', { minDelay: 5 })).toEqual({
      minDelayMs: 5,
      maxDelayMs: RECONNECT_OPTIONS.maxDelay.default,
      maxAttempts: Number.POSITIVE_INFINITY,
      refusedDelayMs: RECONNECT_OPTIONS.refusedDelay.default,
    });
    expect(reconnect.check('reconnect', false)).toBe(false);
    expect(BACKOFF_OPTIONS.minDelay.default).toBeLessThan(BACKOFF_OPTIONS.maxDelay.default);
  });
});

test('a link without a session keeps to the limits of a trusted peer', () => {
  expect(DEFAULT_LINK_LIMITS).toEqual({
    maxFrameLength: SESSION_OPTIONS.maxFrameLength.default,
    frameTimeoutMs: SESSION_OPTIONS.frameTimeout.default,
    maxOutputBytes: SESSION_OPTIONS.maxOutputBytes.default,
    slowConsumerTimeoutMs: SESSION_OPTIONS.slowConsumerTimeout.default,
    stallTimeoutMs: SESSION_OPTIONS.stallTimeout.default,
    closeTimeoutMs: SESSION_OPTIONS.closeTimeout.default,
  });
  expect(DEFAULT_LINK_LIMITS.maxFrameLength).toBe(DEFAULT_MAX_FRAME_LENGTH);
});
