import { describe, expect, test } from 'vitest';
import { Repetitions } from '../../src/cli/repetitions.js';

/** Repetitions on time that a test owns, and what was printed of them. */
class Story {
  nowMs = 0;
  readonly printed: string[] = [];
  readonly #repetitions = new Repetitions<string>(() => this.nowMs);

  /** A line comes again and again. */
  repeat(line: string, times: number, everyMs: number): void {
    for (let count = 0; count < times; count++, this.nowMs += everyMs) this.comes(line);
  }

  comes(line: string): void {
    const leftOut = this.#repetitions.comes(line, line);
    if (leftOut === null) return;
    this.tellUntold();
    this.#print(line, leftOut);
  }

  tellUntold(): void {
    for (const { line, leftOut } of this.#repetitions.untold()) this.#print(line, leftOut);
  }

  #print(line: string, leftOut: number): void {
    this.printed.push(`${this.nowMs} ${line}${leftOut === 0 ? '' : ` +${leftOut}`}`);
  }
}

describe('a line that comes again and again', () => {
  test('is printed at once, and then with pauses that double, up to a minute', () => {
    const story = new Story();
    story.repeat('no', 2_000, 200);
    expect(story.printed).toEqual([
      '0 no',
      '1000 no +4',
      '3000 no +9',
      '7000 no +19',
      '15000 no +39',
      '31000 no +79',
      '63000 no +159',
      '123000 no +299',
      '183000 no +299',
      '243000 no +299',
      '303000 no +299',
      '363000 no +299',
    ]);
  });

  test('is never lost: what was left out is told before something else, and at the end', () => {
    const story = new Story();
    story.repeat('no', 3, 100);
    story.comes('yes');
    story.repeat('no', 2, 100);
    story.tellUntold();
    expect(story.printed).toEqual(['0 no', '300 no +2', '300 yes', '500 no +2']);
  });

  test('is news again when it had stopped', () => {
    const story = new Story();
    story.repeat('no', 20, 100);
    story.nowMs = 60_000;
    story.comes('no');
    story.nowMs = 120_000;
    story.repeat('no', 12, 100);
    expect(story.printed).toEqual(['0 no', '1000 no +9', '60000 no +9', '120000 no', '121000 no +9']);
  });

  test('that alternates with another is printed as seldom', () => {
    const story = new Story();
    for (; story.nowMs < 8_000; story.nowMs += 100) {
      story.comes('yes');
      story.comes('no');
    }
    expect(story.printed).toEqual([
      '0 yes',
      '0 no',
      '1000 no +9',
      '1000 yes +9',
      '3000 no +20',
      '3000 yes +19',
      '7000 no +40',
      '7000 yes +39',
    ]);
  });
});

test('lines of a peer that are all different are all printed, and not all remembered', () => {
  const story = new Story();
  for (let count = 0; count < 1_000; count++) story.comes(`line ${count}`);
  expect(story.printed.length).toBe(1_000);
  // the first was forgotten long ago
  story.comes('line 0');
  story.comes('line 999');
  expect(story.printed.slice(1_000)).toEqual(['0 line 0']);
});
