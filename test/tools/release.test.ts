import { describe, expect, test } from 'vitest';
import { releasedChangelog } from '../../tools/release/changelog.js';
import { comesAfter } from '../../tools/release/version.js';

describe('the version of a release', () => {
  test.each([
    ['0.2.0', '0.1.0'],
    ['0.1.1', '0.1.0'],
    ['1.0.0', '0.9.12'],
    ['0.2.0', '0.2.0-beta.2'],
    ['0.2.0-beta.10', '0.2.0-beta.9'],
  ])('%s comes after %s', (next, last) => {
    expect(comesAfter(next, last, true)).toBe(true);
    expect(comesAfter(last, next, true)).toBe(false);
  });

  test('may be that of the manifest until it has been released', () => {
    expect(comesAfter('0.1.0', '0.1.0', false)).toBe(true);
    expect(comesAfter('0.1.0', '0.1.0', true)).toBe(false);
  });

  test('has three numbers', () => {
    expect(() => comesAfter('v1.2', '0.1.0', true)).toThrow('"v1.2" is not a version such as 1.2.3');
  });
});

describe('the changelog of a release', () => {
  const text = '# Changelog\n\n## 0.2.0 (unreleased)\n\n- a thing\n\n## 0.1.0 (2026-01-01)\n\n- the first\n';

  test('has the version and the day where it had what was unreleased', () => {
    expect(releasedChangelog(text, '0.2.1', '2026-11-30')).toBe(
      text.replace('## 0.2.0 (unreleased)', '## 0.2.1 (2026-11-30)'),
    );
  });

  test('is refused where nothing is unreleased, or nothing changed', () => {
    expect(() => releasedChangelog('# Changelog\n', '0.2.0', '2026-11-30')).toThrow('has no heading');
    expect(() => releasedChangelog(text.replace('- a thing\n\n', ''), '0.2.0', '2026-11-30')).toThrow(
      'says nothing below "## 0.2.0 (unreleased)"',
    );
  });
});
