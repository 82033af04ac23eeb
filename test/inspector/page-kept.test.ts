import { afterEach, describe, expect, test, vi } from 'vitest';
import { flag, kept, listOf, oneOf } from '../../visualizations/debugger/app/kept.js';

/** What a browser keeps. */
class Kept {
  readonly #values = new Map<string, string>();
  getItem(name: string): string | null {
    return this.#values.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.#values.set(name, value);
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a setting of the page', () => {
  test('is found again by the next page', () => {
    vi.stubGlobal('localStorage', new Kept());
    const read = oneOf(['simple', 'full'] as const);
    const first = kept('charts', 'always', 'simple', read);
    expect(first.value).toBe('simple');
    first.value = 'full';
    expect(kept('charts', 'always', 'simple', read).value).toBe('full');
  });

  test('of a tab is not found by another tab', () => {
    vi.stubGlobal('localStorage', new Kept());
    vi.stubGlobal('sessionStorage', new Kept());
    kept('only trouble', 'tab', false, flag).value = true;
    expect(kept('only trouble', 'tab', false, flag).value).toBe(true);
    vi.stubGlobal('sessionStorage', new Kept());
    expect(kept('only trouble', 'tab', false, flag).value).toBe(false);
  });

  test('is as it was at first where what is kept means nothing', () => {
    const storage = new Kept();
    vi.stubGlobal('localStorage', storage);
    const columns = (): readonly string[] =>
      kept('columns', 'always', ['time'], listOf(['time', 'status'])).value;
    storage.setItem('socket-protocol columns', '["status", "colour"]');
    expect(columns()).toEqual(['status']);
    for (const text of ['{', '"status"', '7', 'null']) {
      storage.setItem('socket-protocol columns', text);
      expect(columns()).toEqual(['time']);
    }
  });

  test('works where the browser keeps nothing', () => {
    const forbidden = (): never => {
      throw new Error('forbidden');
    };
    vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden });
    const setting = kept('statistics', 'always', false, flag);
    setting.value = true;
    expect(setting.value).toBe(true);
  });
});
