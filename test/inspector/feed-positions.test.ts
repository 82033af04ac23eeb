/** Pages that pull from anywhere: each entry comes once, or is counted as forgotten. */

import type { ServerResponse } from 'node:http';
import { URLSearchParams } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Feed } from '../../src/inspector/feed.js';
import { FeedSource } from '../../src/inspector/feed-source.js';
import { InspectorHub, noteEntry } from '../../src/inspector/index.js';

const note = (code: 'connected' | 'callback-failed') =>
  noteEntry({ group: 'pump', code, reason: null, text: code });

test('a page that pulls at any pace gets each entry once, or hears how many it has missed', () => {
  const step = fc.oneof(
    fc.record({ adds: fc.integer({ min: 1, max: 12 }), isTrouble: fc.boolean() }),
    fc.record({ pulls: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const hub = new InspectorHub(10, () => 0, { maxTroubles: 3 });
      const got: number[] = [];
      let [after, forgotten] = [0, 0];
      const pull = (limit: number): void => {
        const feed = hub.after(after, limit);
        const numbers = [...feed.troubles, ...feed.entries].map(({ number }) => number);
        expect(numbers.every((number) => number > after)).toBe(true);
        expect(feed.entries.length).toBeLessThanOrEqual(limit);
        got.push(...numbers);
        forgotten += feed.forgotten;
        after = feed.entries.at(-1)?.number ?? after;
      };
      for (const each of steps) {
        if ('pulls' in each) pull(each.pulls);
        else
          for (let count = 0; count < each.adds; count++)
            hub.add(note(each.isTrouble ? 'callback-failed' : 'connected'));
      }
      while (after < hub.last) pull(4);
      expect(got).toEqual([...new Set(got)].sort((one, other) => one - other));
      expect(got.length + forgotten).toBe(hub.last);
    }),
    { numRuns: 60 },
  );
});

describe('a question for the feed', () => {
  const hub = new InspectorHub(100, () => 0);
  for (let count = 0; count < 20; count++) hub.add(note('connected'));
  const source = new FeedSource(hub, { title: 'pump', startedAt: 0 });
  afterAll(() => source.close());

  /** What is answered at once. */
  const answerTo = (query: URLSearchParams): { status: number; body: Feed & { error?: string } } => {
    let [status, text] = [0, 'null'];
    const closed: (() => void)[] = [];
    const response = {
      writeHead: (code: number) => {
        status = code;
      },
      end: (json: string) => {
        text = json;
      },
      on: () => {},
      once: (_: 'close', listener: () => void) => closed.push(listener),
    };
    source.answer(query, response as unknown as ServerResponse);
    // its page has read it
    if (status !== 0) for (const listener of closed) listener();
    return { status, body: JSON.parse(text) };
  };
  const id = answerTo(new URLSearchParams()).body.source;

  test('is answered from where it says, or refused with words, whatever it says', () => {
    const position = fc.oneof(
      fc.nat(30).map(String),
      fc.string({ maxLength: 6 }),
      fc.constantFrom('-1', '1e3', '0x10', '5.0', ' 7', '٣', '9'.repeat(15), '9'.repeat(16), 'Infinity'),
    );
    const query = fc.record(
      { after: position, rows: position, limit: position, source: fc.constantFrom(id, 'another') },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(query, (fields) => {
        const { after = '0', rows = '0', limit = '5000', source: asked } = fields;
        const isRight = [after, rows, limit].every((text) => text === '' || /^[0-9]{1,15}$/.test(text));
        const { status, body } = answerTo(new URLSearchParams(fields as Record<string, string>));
        if (!isRight || (limit !== '' && Number(limit) === 0)) {
          expect([status, body.error]).toEqual([400, 'Expected whole numbers as after, rows and limit']);
          return;
        }
        const isKnown = asked === id && Number(after) <= 20;
        const most = Number(limit === '' ? 5_000 : limit);
        // who knows nearly all of it waits for more
        if (isKnown && 20 - Number(after) < most) {
          expect(status).toBe(0);
          return;
        }
        const first = isKnown ? Number(after) + 1 : 1;
        expect(status).toBe(200);
        expect(body.entries.map(({ number }) => number)).toEqual(
          Array.from({ length: Math.min(most, 21 - first) }, (_, index) => first + index),
        );
      }),
      { numRuns: 100 },
    );
  });
});
