/**
 * A5: frames, payloads and JSON as CPython has them, in both directions and on the texts that nobody honest writes.
 *
 * Ours to Python: the envelope, and the data where JSON leaves no choice, to the byte; the rest by value. Python's to ours: by
 * value, whatever spacing, escapes and order of keys Python is told to use. Hostile texts: what one side refuses the
 * other refuses, and what both read is the same; only nesting deeper than our limit may Python alone read.
 */

import { Message } from '../../../src/protocol/message.js';
import { DECODING_DROPS } from '../../../src/protocol/reasons.js';
import {
  createPureJson,
  createStructJson,
  DEFAULT_MAX_DEPTH,
  encodeStp,
  pureJson,
  StpDecoder,
  structJson,
} from '../../../src/wire/index.js';
import { Random } from '../random.js';
import type { Reached, Stage, StageContext } from '../stage.js';
import { ByteScratch } from './byte-scratch.js';
import { canonical, depthOf, formOrReason, messageForm, withoutNegativeZero } from './canonical.js';
import { Failures, grouped } from './failures.js';
import { checkGolden } from './golden.js';
import { hostileValue, longHostileValue, token } from './hostile-json.js';
import { randomFields } from './json-values.js';
import { PythonProcess } from './python-process.js';

const CASES = { ci: 20_000, deep: 1_000_000, release: 1_000_000 };
const BATCH = 500;

export const pythonStage: Stage = {
  name: 'the same as CPython',
  figures: ['A5'],
  run: async (context) => {
    const python = await PythonProcess.start();
    try {
      return [await reachA5(context, python)];
    } finally {
      await python.close();
    }
  },
};

async function reachA5(
  { budget, baseSeed, replaySeed, say }: StageContext,
  python: PythonProcess,
): Promise<Reached> {
  const failures = new Failures('A5');
  const { dumps, problems } = await checkGolden(python);
  for (const problem of problems) failures.add(baseSeed, `golden dump: ${problem}`);
  const goal = replaySeed === null ? CASES[budget] : 1;
  for (let first = 0; first < goal; first += BATCH) {
    const seeds = Array.from(
      { length: Math.min(BATCH, goal - first) },
      (_, i) => (baseSeed + first + i) >>> 0,
    );
    if (replaySeed !== null) seeds[0] = replaySeed;
    for (const Direction of [OursToPython, PythonToOurs, HostileTexts]) {
      const cases = seeds.map((seed) => new Direction(seed));
      const answers = await python.answers(cases.map(({ line }) => line));
      for (const [i, each] of cases.entries()) {
        const answer = answers[i] ?? '';
        if (replaySeed !== null) say(`A5: ${each.line} -> ${answer}`);
        const problem = answer.startsWith('!') ? answer : each.problemWith(answer);
        if (problem !== null) failures.add(seeds[i] ?? baseSeed, `${each.line.slice(0, 400)}: ${problem}`);
      }
    }
  }
  return {
    id: 'A5',
    what: 'differential against CPython: payloads, frames, JSON, and the golden dumps',
    goal: `${grouped(goal)} messages each way + ${grouped(goal)} hostile texts + ${dumps} dumps, 0 differences`,
    reached: `${grouped(goal)} × 3 + ${dumps}, ${failures.count} differences`,
    isReached: failures.count === 0,
    failures: failures.lines,
  };
}

/** One case: what Python is asked, and what is wrong with its answer. */
interface Case {
  readonly line: string;
  problemWith(answer: string): string | null;
}

const PURE = createPureJson({ allowNan: true });
const STRUCT = createStructJson({ allowNan: true });

class OursToPython implements Case {
  readonly line: string;
  readonly #expected: string;

  constructor(seed: number) {
    const random = new Random(seed);
    const message = new Message<unknown>(randomFields(random, { hasNan: random.chance(0.2) }));
    const stream = Buffer.concat([encodeStp(PURE.encode(message)), encodeStp(STRUCT.encode(message))]);
    this.line = `ours ${stream.toString('hex')}`;
    const form = withoutNegativeZero(messageForm(message));
    this.#expected = `${form} ${form}`;
  }

  problemWith(answer: string): string | null {
    return answer === this.#expected ? null : `expected ${this.#expected}, Python reads ${answer}`;
  }
}

class PythonToOurs implements Case {
  readonly line: string;

  constructor(seed: number) {
    this.line = `make ${seed}`;
  }

  problemWith(answer: string): string | null {
    const [verdict, ...rest] = answer.split(' ');
    const isBad = verdict === 'bad';
    const [hex = '', expected = ''] = isBad ? rest : [verdict, ...rest];
    const got = formsOf(Buffer.from(hex, 'hex'));
    const wanted = isBad ? 'encoding' : expected;
    return got.length === 2 && got.every((form) => form === wanted)
      ? null
      : `expected ${wanted}, got ${got.join(' and ')} of ${hex}`;
  }
}

/** The messages of a pure_json and a struct_json frame, or the reasons for which they are none. */
function formsOf(stream: Buffer): string[] {
  const forms: string[] = [];
  const decoder = new StpDecoder({
    frame: (payload) => {
      const codec = forms.length === 0 ? pureJson : structJson;
      forms.push(formOrReason(() => messageForm(codec.decode(payload))));
    },
    dropped: ({ reason }) => forms.push(reason),
  });
  decoder.push(stream);
  return forms;
}

class HostileTexts implements Case {
  readonly line: string;
  readonly #text: Buffer;

  constructor(seed: number) {
    this.#text = hostileText(new Random(seed));
    this.line = `text ${this.#text.toString('hex')}`;
  }

  problemWith(answer: string): string | null {
    const got = formOrReason(() => canonical(structJson.decode(structPayload(this.#text)).data));
    const isRead = answer !== 'refused';
    // Python alone may read what is nested deeper than our limit
    if (isRead && depthOf(answer) > DEFAULT_MAX_DEPTH) return got === 'depth' ? null : `got ${got}, too deep`;
    if (!isRead) return REASONS.has(got) ? null : `Python refuses, got ${got}`;
    return withoutNegativeZero(got) === withoutNegativeZero(answer) ? null : `got ${got}, Python: ${answer}`;
  }
}

const REASONS: ReadonlySet<string> = new Set(Object.keys(DECODING_DROPS));
const scratch = new ByteScratch(64 * 1024);

function hostileText(random: Random): Buffer {
  scratch.clear();
  if (random.chance(0.5)) for (let i = random.below(12); i > 0; i--) scratch.append(token(random));
  else scratch.append(random.chance(0.02) ? longHostileValue(random) : hostileValue(random));
  for (let i = random.chance(0.3) ? random.below(4) : 0; i > 0; i--) scratch.mutate(random);
  return Buffer.from(scratch.view);
}

function structPayload(text: Buffer): Buffer {
  const body = Buffer.concat([Buffer.alloc(12), text]);
  return Buffer.concat([body, Buffer.of(body.reduce((sum, byte) => sum ^ byte, 0))]);
}
