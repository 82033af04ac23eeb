import { expect, test } from 'vitest';
import { allocateUnsafe } from '../../src/base/large-buffers.js';

test('large buffers share memory but no byte of it', () => {
  const lengths = [16, 20, 100, 128, 64, 64, 1, 300, 100].map((kib) => kib * 1024);
  const buffers = lengths.map((length) => allocateUnsafe(length));
  for (const [i, buffer] of buffers.entries()) buffer.fill(i);
  expect(buffers.map(({ length }) => length)).toEqual(lengths);
  expect(buffers.every((buffer, i) => buffer.every((byte) => byte === i))).toBe(true);
});
