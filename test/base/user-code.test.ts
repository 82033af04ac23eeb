import { createContext, runInContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isThenable } from '../../src/base/thenable.js';
import { errorOfThrown, isError, messageOfThrown, textOfThrown } from '../../src/base/thrown.js';
import { promiseOf, runUserCode, watchResult } from '../../src/base/user-code.js';

const realm = createContext({});
const inRealm = (code: string): unknown => runInContext(code, realm);
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const hidden = (): never => {
  throw new Error('hidden');
};

const THROWN: Readonly<Record<string, () => unknown>> = {
  'an Error': () => new Error('no sensor'),
  'an Error of another realm': () => inRealm("new Error('no sensor')"),
  'a text': () => 'no sensor',
  null: () => null,
  undefined: () => undefined,
  'a symbol': () => Symbol('sensor'),
  'an object without a prototype': () => Object.create(null),
  'a revoked Proxy': revoked,
  'an error whose message and stack throw': () =>
    Object.defineProperties(new Error(), { stack: { get: hidden }, message: { get: hidden } }),
  'an error whose stack is no text': () => Object.assign(new Error('no sensor'), { stack: Symbol('stack') }),
  'an object whose toString throws': () => ({ toString: hidden }),
};

const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', remember));
afterEach(() => {
  process.off('unhandledRejection', remember);
  expect(unhandled.splice(0)).toEqual([]);
});

/** Node looks for rejections that nobody handles when all microtasks have run. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function failuresOf(run: () => unknown): Promise<unknown[]> {
  const failures: unknown[] = [];
  runUserCode(run, (thrown) => void failures.push(thrown));
  await nextTurn();
  return failures;
}

describe('runUserCode', () => {
  for (const [name, make] of Object.entries(THROWN)) {
    it(`passes on ${name} once, whether it is thrown or what a promise is rejected with`, async () => {
      const thrown = make();
      const throwing = await failuresOf(() => {
        throw thrown;
      });
      const rejecting = await failuresOf(() => Promise.reject(thrown));
      const foreign = await failuresOf(() =>
        (inRealm('(thrown) => Promise.reject(thrown)') as (t: unknown) => unknown)(thrown),
      );
      for (const failures of [throwing, rejecting, foreign]) {
        expect(failures).toHaveLength(1);
        expect(Object.is(failures[0], thrown)).toBe(true);
      }
    });
  }

  it('leaves a function alone that returns something, or a promise that is fulfilled', async () => {
    // biome-ignore lint/suspicious/noThenProperty: what this is about
    for (const result of [undefined, null, 1, 'then', {}, { then: 1 }, Promise.resolve(1)])
      expect(await failuresOf(() => result)).toEqual([]);
  });

  it('passes on what a getter of the name then throws', async () => {
    const hostile = {
      // biome-ignore lint/suspicious/noThenProperty: what this is about
      get then() {
        throw new Error('no then');
      },
    };
    expect(await failuresOf(() => hostile)).toEqual([new Error('no then')]);
    expect(await failuresOf(revoked)).toEqual([expect.any(TypeError)]);
  });

  it('passes on what then throws', async () => {
    const hostile = {
      // biome-ignore lint/suspicious/noThenProperty: what this is about
      then() {
        throw new Error('broken');
      },
    };
    expect(await failuresOf(() => hostile)).toEqual([new Error('broken')]);
  });

  it('counts the first settling of a promise that settles twice', async () => {
    const twice = (first: 0 | 1) => ({
      // biome-ignore lint/suspicious/noThenProperty: what this is about
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        if (first === 0) resolve(1);
        reject('once');
        reject('twice');
        throw new Error('and once more');
      },
    });
    expect(await failuresOf(() => twice(0))).toEqual([]);
    expect(await failuresOf(() => twice(1))).toEqual(['once']);
  });

  it('takes a function with a then for a promise', async () => {
    const callable = Object.assign(() => {}, {
      // biome-ignore lint/suspicious/noThenProperty: what this is about
      then: (_: unknown, reject: (error: unknown) => void) => reject('callable'),
    });
    expect(await failuresOf(() => callable)).toEqual(['callable']);
  });

  it('survives a promise whose constructor throws', async () => {
    const promise = Object.defineProperty(Promise.resolve(1), 'constructor', {
      get() {
        throw new Error('no constructor');
      },
    });
    const failures = await failuresOf(() => promise);
    expect(failures.length).toBeLessThanOrEqual(1);
    await promiseOf(promise).catch(() => {});
  });

  it('warns when what deals with the failure fails', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broken = () => (): never => {
      throw new Error('worse');
    };
    runUserCode(() => {
      throw new Error('bad');
    }, broken());
    runUserCode(() => Promise.reject(new Error('bad')), broken());
    await nextTurn();
    expect(warn.mock.calls.map(([text]) => text)).toEqual(
      Array(2).fill('what deals with failures of callbacks threw: worse'),
    );
    warn.mockRestore();
  });
});

describe('watchResult', () => {
  it('passes on a rejection, and never during the call', async () => {
    const failures: unknown[] = [];
    const failed = (thrown: unknown): void => void failures.push(thrown);
    watchResult(Promise.reject('late'), failed);
    watchResult(1, failed);
    watchResult(revoked(), failed);
    expect(failures).toEqual([]);
    await nextTurn();
    expect(failures).toHaveLength(2);
  });
});

describe('what is thrown', () => {
  for (const [name, make] of Object.entries(THROWN)) {
    it(`has a text, a message and an error: ${name}`, () => {
      const thrown = make();
      expect(typeof textOfThrown(thrown)).toBe('string');
      expect(typeof messageOfThrown(thrown)).toBe('string');
      const error = errorOfThrown(thrown);
      expect(isError(error)).toBe(true);
      if (isError(thrown)) expect(error).toBe(thrown);
      else expect(Object.is(error.cause, thrown)).toBe(true);
      expect(isThenable(thrown) && name !== 'a revoked Proxy').toBe(false);
    });
  }

  it('keeps the words of an error of another realm, and of an object with a message', () => {
    expect(messageOfThrown(inRealm("new RangeError('no sensor')"))).toBe('no sensor');
    expect(textOfThrown(inRealm("new RangeError('no sensor')"))).toMatch(/^RangeError: no sensor\n {4}at /);
    expect(messageOfThrown({ message: 'no sensor' })).toBe('no sensor');
  });

  it('cannot forge a line of a log, nor do anything to a terminal', () => {
    const forged = new Error('bad \u001b[2J\u202e\r\nERROR   socket_protocol: all is lost\n\tnot');
    const said = 'bad \\u{1b}[2J\\u{202e}\n    ERROR   socket_protocol: all is lost\n    \tnot';
    expect(messageOfThrown(forged)).toBe(said);
    expect(textOfThrown(forged)).toMatch(/^Error: bad .*\n {4}ERROR .*\n {4}\tnot\n {4}at /);
    expect(errorOfThrown(forged)).toBe(forged);
    expect(errorOfThrown('a\nb').message).toBe('a\nb');
  });

  it('is cut where its text is a document', () => {
    expect(textOfThrown('x'.repeat(100_000))).toHaveLength(8_193);
  });
});
