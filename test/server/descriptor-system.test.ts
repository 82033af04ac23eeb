import { closeSync, openSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { descriptorSystem } from '../../src/server/file-descriptors.js';

vi.mock('node:fs', () => ({ closeSync: vi.fn(), openSync: vi.fn(), readFileSync: vi.fn() }));

const LIMITS = [
  'Limit                     Soft Limit           Hard Limit           Units     ',
  'Max processes             1234                 5678                 processes ',
  'Max open files            1024                 524288               files     ',
  'Max locked memory         8388608              8388608              bytes     ',
].join('\n');

/** An error of the system. */
function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

afterEach(() => vi.resetAllMocks());

describe('what the system says about file descriptors', () => {
  test('FC-47: is its soft limit', () => {
    vi.mocked(readFileSync).mockReturnValue(LIMITS);
    expect(descriptorSystem.limit()).toBe(1_024);
    expect(vi.mocked(readFileSync).mock.calls[0]?.[0]).toBe('/proc/self/limits');
  });

  test.each([
    [''],
    [LIMITS.replace('1024  ', 'unlimited')],
  ])('FC-47: is nothing of the limit in %j', (text) => {
    vi.mocked(readFileSync).mockReturnValue(text);
    expect(descriptorSystem.limit()).toBeNull();
  });

  test('FC-47: is nothing where the limit cannot be read', () => {
    vi.mocked(readFileSync).mockImplementation(failing('ENOENT'));
    expect(descriptorSystem.limit()).toBeNull();
  });

  test('FC-47: is the lowest that is free, which is given back', () => {
    vi.mocked(openSync).mockReturnValue(21);
    expect(descriptorSystem.lowestFree()).toBe(21);
    expect(vi.mocked(closeSync).mock.calls).toEqual([[21]]);
  });

  test.each([
    ['EMFILE', 'none'],
    ['ENFILE', 'none'],
    ['ENOENT', null],
    ['EACCES', null],
  ])('FC-47: with %s is %s', (code, answer) => {
    vi.mocked(openSync).mockImplementation(failing(code));
    expect(descriptorSystem.lowestFree()).toBe(answer);
    expect(closeSync).not.toHaveBeenCalled();
  });
});
