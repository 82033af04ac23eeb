import { afterAll, describe, expect, test } from 'vitest';
import { BAD_INPUT_CASES, DIFFERENCES, NOT_APPLICABLE, rowOf } from './bad-input-cases.js';
import { type BadInputCase, expectedOf } from './support-bad-input.js';
import { PythonPeers, type VisibleReaction } from './support-python.js';

const isApplicable = (each: BadInputCase): boolean =>
  !(each.id in NOT_APPLICABLE) && !(`#${rowOf(each)}` in NOT_APPLICABLE);
const applicable = BAD_INPUT_CASES.filter(isApplicable);

describe('E2: the same input to the Python peer', { timeout: 20_000 }, () => {
  const peers = new PythonPeers();
  afterAll(() => peers[Symbol.asyncDispose]());

  test.each(applicable.map((each) => [nameOf(each), each] as const))('%s', async (_, each) => {
    const ours = visible(each);
    const theirs = await peers.reactionTo(each);
    const difference = DIFFERENCES[each.id];
    expect(theirs).toEqual({ ...ours, ...difference?.theirs });
    // one that has vanished is an explanation too many
    if (difference !== undefined) expect(theirs).not.toEqual(ours);
  });
});

describe('E2: the lists of differences', () => {
  test('name cases that there are, each for a reason', () => {
    const ids = new Set(BAD_INPUT_CASES.flatMap((each) => [each.id, `#${rowOf(each)}`]));
    for (const [id, why] of Object.entries(NOT_APPLICABLE)) {
      expect(ids).toContain(id);
      expect(why).toMatch(/\w/);
    }
    for (const [id, { why }] of Object.entries(DIFFERENCES)) {
      expect(applicable.map((each) => each.id)).toContain(id);
      expect(why).toMatch(/\w/);
    }
  });
});

function nameOf(each: BadInputCase): string {
  const kind = each.id in DIFFERENCES ? ', differs' : '';
  return `E2 ${each.id} (${each.state}${kind}): ${each.title}`;
}

/** Our own reaction, which bad-input.test.ts proves to be the one that the case expects. */
function visible(each: BadInputCase): VisibleReaction {
  const { answers, settles, closes } = expectedOf(each);
  return { answers, settles, closes: closes !== null };
}
