import { afterEach, beforeEach, vi } from 'vitest';

/** The texts of the warnings of the process, of each test anew; nothing is printed. To be called once in a test file. */
export function collectWarnings(): readonly string[] {
  const warnings: string[] = [];
  beforeEach(() => {
    warnings.length = 0;
    vi.spyOn(process, 'emitWarning').mockImplementation(((text: string) => {
      warnings.push(text);
    }) as typeof process.emitWarning);
  });
  afterEach(() => vi.restoreAllMocks());
  return warnings;
}
