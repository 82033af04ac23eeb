/** Which tests judge mutants. */

/** Tests that do not, each kind with its reason. The score counts only what the others notice. */
const LEFT_OUT: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^test\/visualizations\//, 'compares the machines with their pictures, which any change differs from'],
  [/^test\/tools\/(mutate|wireshark)/, 'tests what is not under test here'],
  [/^test\/(architecture|citations|documentation|package)\.test/, 'reads the sources as text'],
  [/^test\/(cli|interop|field|trust)\//, 'starts programs, which takes too long for each mutant'],
  [/^test\/inspector\/page/, 'starts a browser'],
];

/** All tests but those of how fast something is: they fail on a busy machine, whatever the sources say. */
export const JUDGING_TESTS = /^(?!.*in under two seconds)/;

/** Whether a test file judges mutants. */
export function isJudge(path: string): boolean {
  return path.endsWith('.test.ts') && !LEFT_OUT.some(([pattern]) => pattern.test(path));
}
