import { execFileSync } from 'node:child_process';

/** Where seeds begin that nobody chose: reruns of one commit are the same, and each commit explores new ground. */
export function seedOfCommit(): number {
  try {
    const hash = execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(hash.slice(0, 8), 16);
  } catch {
    return 1; // no repository: an unpacked archive
  }
}
