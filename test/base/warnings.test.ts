import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WARNINGS, Warnings } from '../../src/base/warnings.js';

let nowMs = 0;
let texts: string[] = [];
let details: unknown[] = [];

beforeEach(() => {
  nowMs = 0;
  texts = [];
  details = [];
  vi.spyOn(process, 'emitWarning').mockImplementation(((text: string, options: unknown) => {
    texts.push(text);
    details.push(options);
  }) as typeof process.emitWarning);
});
afterEach(() => vi.restoreAllMocks());

const warningsWithClock = (): Warnings => new Warnings(() => nowMs);

describe('a warning of the process', () => {
  test('has a type, a code, and what is printed below it', () => {
    const warnings = warningsWithClock();
    warnings.warn('SP_LISTENER_FAILED', 'plain');
    warnings.warn('SP_LOGGER_FAILED', 'with more', { detail: 'a stack' });
    expect(details).toEqual([
      { type: 'SocketProtocolWarning', code: 'SP_LISTENER_FAILED' },
      { type: 'SocketProtocolWarning', code: 'SP_LOGGER_FAILED', detail: 'a stack' },
    ]);
    for (const code of Object.keys(WARNINGS)) expect(code).toMatch(/^SP_[A-Z_]+$/);
  });

  test('about one matter comes once a minute, and says how many were left out', () => {
    const warnings = warningsWithClock();
    const warn = (): void =>
      warnings.warn('SP_CALLBACK_FAILED', 'failed', { scope: warnings, matter: '10 0' });
    for (let n = 0; n < 5; n++) warn();
    nowMs = 59_999;
    warn();
    expect(texts).toEqual(['failed']);
    nowMs = 60_000;
    warn();
    warn();
    expect(texts).toEqual(['failed', 'failed (5 such warnings were left out before it)']);
  });

  test('about another matter, session or kind is not held back', () => {
    const warnings = warningsWithClock();
    const [one, other] = [{}, {}];
    warnings.warn('SP_CALLBACK_FAILED', 'a', { scope: one, matter: '10 0' });
    warnings.warn('SP_CALLBACK_FAILED', 'b', { scope: one, matter: '10 1' });
    warnings.warn('SP_CALLBACK_FAILED', 'c', { scope: other, matter: '10 0' });
    warnings.warn('SP_LISTENER_FAILED', 'd', { scope: one, matter: '10 0' });
    expect(texts).toEqual(['a', 'b', 'c', 'd']);
  });

  test('comes ten times at once, however many matters there are, and then once a second', () => {
    const warnings = warningsWithClock();
    let matter = 0;
    const warn = (): void =>
      warnings.warn('SP_CALLBACK_FAILED', 'failed', { scope: {}, matter: String(matter++) });
    for (let n = 0; n < 1_000; n++) warn();
    expect(texts).toEqual(Array(10).fill('failed'));
    nowMs = 999;
    warn();
    expect(texts).toHaveLength(10);
    nowMs = 1_000;
    warn();
    warn();
    expect(texts.slice(10)).toEqual(['failed (991 such warnings were left out before it)']);
    nowMs = 2_000;
    warn();
    expect(texts.slice(11)).toEqual(['failed (1 such warnings were left out before it)']);
    nowMs = 1_000_000;
    for (let n = 0; n < 100; n++) warn();
    expect(texts).toHaveLength(22);
  });

  test('remembers a hundred matters of a session, however many a peer makes up', () => {
    const warnings = warningsWithClock();
    const scope = {};
    for (let matter = 0; matter < 10_000; matter++) {
      nowMs += 1_000;
      if (nowMs > 150_000) nowMs = 150_000;
      warnings.warn('SP_CALLBACK_FAILED', `${matter}`, { scope, matter: `${matter}` });
    }
    // those beyond the hundred share one
    expect(texts).toHaveLength(101);
  });
});
