import { expect, test } from 'vitest';
import { jsonText } from '../../src/cli/output.js';

test('data is printed as the same data, but with nothing that a terminal would obey', () => {
  const data = { text: '\u009b2J\u202e\u007f\u2028é😀' };
  expect(jsonText(data)).toBe('{"text":"\\u009b2J\\u202e\\u007f\\u2028é😀"}');
  expect(JSON.parse(jsonText(data))).toEqual(data);
});
