import type { OpenLink } from '../../../src/cli/certify/link.js';
import type { LinkRecord } from '../../../src/cli/certify/record.js';
import type { Rule } from '../../../src/cli/certify/rule.js';
import { CLIENT_RULES, RULES } from '../../../src/cli/certify/rules/index.js';
import { certify, type Outcome, type Result } from '../../../src/cli/certify/run.js';
import type { Wishes } from '../../../src/cli/certify/survey.js';
import { codecOf } from '../../../src/cli/codecs.js';
import type { Codec } from '../../../src/wire/codec.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export interface Virtually {
  readonly secret?: string | null;
  readonly channel?: string | null;
  /** How long to wait for a peer that connects; unless given, it listens. */
  readonly waitMs?: number;
  readonly rules?: readonly Rule[];
  readonly wishes?: Partial<Wishes>;
  readonly codec?: Codec;
  readonly interrupted?: AbortSignal;
  readonly surveyed?: () => void;
  readonly judged?: (rule: Rule) => void;
  readonly clock?: VirtualClock;
}

export interface VirtualOutcome extends Outcome {
  /** How long it took, in milliseconds of the clock. */
  readonly ms: number;
  /** Timers that were left. */
  readonly timers: number;
  readonly records: ReadonlyMap<string, LinkRecord>;
}

export const EVERYTHING_ALLOWED: Wishes = {
  channel: null,
  dataIds: [0, 1],
  write: { dataId: 7, data: 1 },
  execute: { dataId: 1, data: undefined },
  allowsAttacks: true,
};

export const TIMEOUT_MS = 1_000;

/** Shorter than what is waited for what should not come. */
const STEP_MS = 20;

/** Certifies a peer in this process; time passes as fast as nothing is left to do. */
export async function certifyVirtually(open: OpenLink, options: Virtually = {}): Promise<VirtualOutcome> {
  const { secret = null, channel = null, waitMs = null, wishes = {}, codec = codecOf({}) } = options;
  const { rules = waitMs === null ? RULES : CLIENT_RULES, clock = new VirtualClock() } = options;
  const records = new Map<string, LinkRecord>();
  let isDone = false;
  const run = certify(
    rules,
    {
      open,
      clock,
      codec,
      secret: secret === null ? null : Buffer.from(secret),
      timeoutMs: TIMEOUT_MS,
      waitMs,
      interrupted: options.interrupted ?? new AbortController().signal,
    },
    { ...EVERYTHING_ALLOWED, channel, ...wishes },
    [codecOf({ struct: true })],
    {
      surveyed: options.surveyed ?? (() => {}),
      judged: ({ rule }, record) => {
        records.set(rule.id, record);
        options.judged?.(rule);
      },
    },
  ).finally(() => {
    isDone = true;
  });
  run.catch(() => {});
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(STEP_MS);
  }
  return { ...(await run), ms: clock.now(), timers: clock.pending, records };
}

/** The ids of the rules with a verdict. */
export function idsOf(results: readonly Result[], kind: Result['verdict']['kind']): readonly string[] {
  return results.flatMap(({ rule, verdict }) => (verdict.kind === kind ? [rule.id] : [])).sort();
}

/** The verdict on a rule. */
export function verdictOn({ results }: Outcome, id: string): Result['verdict'] {
  const result = results.find(({ rule }) => rule.id === id);
  if (result === undefined) throw new Error(`no result of ${id}`);
  return result.verdict;
}
