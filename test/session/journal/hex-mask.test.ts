import { describe, expect, test } from 'vitest';
import { HexMask, maskedCopy } from '../../../src/session/journal/hex-mask.js';

function masked(text: string): string {
  return maskedCopy(Buffer.from(text, 'latin1')).toString('latin1');
}

describe('a hex mask', () => {
  test.each([...'0123456789abcdefABCDEF'])('hides the digit %s', (digit) => {
    expect(masked(digit.repeat(8))).toBe('********');
  });

  test.each([...'/:@`gGzZ "'])('lets %s pass, which is beside the digits', (character) => {
    expect(masked(character.repeat(40))).toBe(character.repeat(40));
    expect(masked(`0123456789abcdef${character}`)).toBe(`****************${character}`);
  });

  test('hides eight digits in a row, and no seven', () => {
    expect(masked('1234567, yes, 12345678')).toBe('1234567, yes, ********');
    expect(masked('dead')).toBe('dead');
  });

  test('hides sixteen digits with damaged ones between them, up to two in a row', () => {
    expect(masked('1234x5678??90ab!cdef')).toBe('****x****??****!****');
    // three others end the stretch, and neither half is long enough
    expect(masked('1234x567???890ab!cdef')).toBe('1234x567???890ab!cdef');
    expect(masked('1234x567??890ab!cde')).toBe('1234x567??890ab!cde');
  });

  test('hides digits from the first to the last of a stretch, and none around it', () => {
    expect(masked('ab is not it, 0123456789abcdef01 is, and cd is not')).toBe(
      'ab is not it, ****************** is, and cd is not',
    );
  });

  test('leaves the bytes alone that it was given', () => {
    const bytes = Buffer.from('0123456789abcdef');
    maskedCopy(bytes);
    expect(bytes.toString()).toBe('0123456789abcdef');
  });

  test('counts on with the digits of the chunk before, until it is reset', () => {
    const mask = new HexMask();
    const next = (text: string, hidden?: number): string => mask.next(Buffer.from(text), hidden).toString();
    expect(next('0123456789')).toBe('**********');
    expect(next('abcdef, 0123456')).toBe('******, *******');
    // damaged bytes at the end of a chunk do not end the stretch
    expect(next('0123456789abcdef??')).toBe('****************??');
    expect(next('cafe')).toBe('****');
    mask.reset();
    expect(next('abcdef')).toBe('abcdef');
  });

  test('hides what follows bytes that are not shown, for nobody knows what they are', () => {
    const mask = new HexMask();
    expect(mask.next(Buffer.from('a name'), 0).toString()).toBe('a name');
    expect(mask.next(Buffer.from('a name'), 1).toString()).toBe('a name');
    expect(mask.next(Buffer.from('cafe')).toString()).toBe('****');
  });

  test('forgets a stretch that ended before the next chunk', () => {
    const mask = new HexMask();
    mask.next(Buffer.from('0123456789abcdef is over'));
    expect(mask.next(Buffer.from('cafe')).toString()).toBe('cafe');
  });
});
