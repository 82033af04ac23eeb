import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type GivenAnswer,
  type IncomingRequest,
  Message,
  type Middleware,
  type OutgoingRequest,
  SID_READ_REQUEST,
  SID_READ_RESPONSE,
  SID_WRITE_REQUEST,
  STATUS_OPERATION_NOT_PERMITTED,
  StatusError,
} from '../../../src/index.js';
import { Pair, watch } from '../../support/pair.js';

/** A middleware that tells when it is entered and left. */
function traced(name: string, trace: string[]): Middleware {
  return async (_, next) => {
    trace.push(`${name} in`);
    const answer = await next();
    trace.push(`${name} out ${JSON.stringify(answer.data)}`);
    return answer;
  };
}

describe('middlewares', () => {
  test('stand around requests of this side, the first outermost', async () => {
    const pair = await Pair.connected();
    const trace: string[] = [];
    pair.server.onRead(0, () => {
      trace.push('peer');
      return 5;
    });
    pair.client.use(traced('a', trace));
    pair.client.use(traced('b', trace));
    const read = watch(pair.client.read(0));
    await pair.settle();
    expect(read).toMatchObject({ state: 'resolved', value: 5 });
    expect(trace).toEqual(['a in', 'b in', 'peer', 'b out 5', 'a out 5']);
    expect(await pair.close()).toBe(0);
  });

  test('stand around callbacks for requests of the peer, also those of the original interface', async () => {
    const pair = await Pair.connected();
    const trace: string[] = [];
    pair.server.registerCallback(SID_READ_REQUEST, 0, () => {
      trace.push('callback');
      return [0, 5];
    });
    pair.server.use(traced('a', trace));
    pair.server.use(traced('b', trace));
    const read = watch(pair.client.read(0));
    await pair.settle();
    expect(read).toMatchObject({ state: 'resolved', value: 5 });
    expect(trace).toEqual(['a in', 'b in', 'callback', 'b out 5', 'a out 5']);
    expect(await pair.close()).toBe(0);
  });

  test('see what a request is, with its name and which way it goes', async () => {
    const pair = await Pair.connected();
    const seen: object[] = [];
    const { signal } = new AbortController();
    const look: Middleware = (message, next) => {
      const { direction, serviceId, dataId, data, status, dataName, session } = message;
      const end = session === pair.client ? 'client' : 'server';
      const given = message.direction === 'out' ? message.signal : undefined;
      seen.push({
        direction,
        serviceId,
        dataId,
        data,
        status,
        dataName,
        end,
        timeLeft: message.timeLeft,
        given,
      });
      return next();
    };
    pair.client.use(look);
    pair.server.use(look);
    pair.client.addData(SID_WRITE_REQUEST, 7, 'led');
    pair.server.addData(SID_WRITE_REQUEST, 7, 'lamp');
    pair.server.onWrite(7, () => null);
    watch(pair.client.write(7, { on: true }, { timeout: 300, signal }));
    await pair.settle();
    const same = { serviceId: SID_WRITE_REQUEST, dataId: 7, data: { on: true }, status: 0 };
    expect(seen).toEqual([
      { direction: 'out', ...same, dataName: 'led', end: 'client', timeLeft: 300, given: signal },
      { direction: 'in', ...same, dataName: 'lamp', end: 'server', timeLeft: 30_000, given: undefined },
    ]);
    await pair.close();
  });

  test('change the data that goes on, which later ones and the peer see, and the answer that comes back', async () => {
    const pair = await Pair.connected();
    const seen: unknown[] = [];
    pair.client.use(async ({ data }, next) => {
      const answer = await next({ data: [data, 'a'] });
      seen.push(data);
      return { ...answer, data: ['changed', answer.data] };
    });
    pair.client.use(({ data }, next) => next({ data: [data, 'b'] }));
    pair.server.use(({ data }, next) => next({ data: [data, 'c'] }));
    pair.server.onExecute(1, (data, message) => [data, message.data === data]);
    const execute = watch(pair.client.execute(1, 'x'));
    await pair.settle();
    expect(execute.value).toEqual(['changed', [[[['x', 'a'], 'b'], 'c'], true]]);
    expect(seen).toEqual(['x']);
    await pair.close();
  });

  test('answer themselves, at once or later, and nobody behind them is asked', async () => {
    const pair = await Pair.connected();
    let asked = 0;
    pair.server.onRead(null, () => ++asked);
    pair.client.use(({ dataId }, next) => (dataId === 1 ? { data: 'cached' } : next()));
    pair.server.use(({ dataId }, next) => (dataId === 2 ? Promise.resolve({ data: 'here' }) : next()));
    const answers = watch(Promise.all([1, 2, 3].map((dataId) => pair.client.read(dataId))));
    await pair.settle();
    expect(answers.value).toEqual(['cached', 'here', 1]);
    await pair.close();
  });

  test('give `request` a whole message, also for an answer of their own', async () => {
    const pair = await Pair.connected();
    pair.client.use(() => ({ status: 1_000, data: 'mine' }));
    const answer = await pair.client.request(SID_READ_REQUEST, 4);
    expect(answer).toBeInstanceOf(Message);
    expect(answer).toMatchObject({ serviceId: SID_READ_RESPONSE, dataId: 4, status: 1_000, data: 'mine' });
    await pair.close();
  });

  test('get the answer whatever its status, and the program gets a StatusError as without them', async () => {
    const pair = await Pair.connected();
    const statuses: number[] = [];
    const look: Middleware = async (_, next) => {
      const answer = await next();
      statuses.push(answer.status);
      return answer;
    };
    pair.client.use(look);
    pair.server.use(look);
    pair.server.onRead(0, () => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    });
    const read = watch(pair.client.read(0));
    await pair.settle();
    expect(statuses).toEqual([STATUS_OPERATION_NOT_PERMITTED, STATUS_OPERATION_NOT_PERMITTED]);
    expect(read.error).toMatchObject({
      code: 'ERR_STATUS',
      status: STATUS_OPERATION_NOT_PERMITTED,
      reason: 'operation-not-permitted',
      serviceId: SID_READ_REQUEST,
      answer: { status: STATUS_OPERATION_NOT_PERMITTED },
    });
    expect(pair.server.counters.callbackErrors).toBe(0);
    await pair.close();
  });

  test('refuse with a StatusError, before they call next or after', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 1);
    const remove = pair.server.use(() => {
      throw new StatusError(STATUS_OPERATION_NOT_PERMITTED);
    });
    const early = watch(pair.client.read(0));
    await pair.settle();
    remove();
    pair.server.use(async (_, next) => {
      await next();
      throw new StatusError(1_234);
    });
    const late = watch(pair.client.read(0));
    await pair.settle();
    expect([early.error, late.error]).toMatchObject([
      { status: STATUS_OPERATION_NOT_PERMITTED },
      { status: 1_234 },
    ]);
    expect(pair.server.counters.callbackErrors).toBe(0);
    await pair.close();
  });

  test('that throw fail the request of this side with what they threw, that of the peer with "callback error"', async () => {
    const pair = await Pair.connected();
    const failure = new Error('out of order');
    const failures: unknown[] = [];
    pair.server.on('callbackError', (error) => failures.push(error));
    pair.server.onRead(0, () => 1);
    for (const middleware of [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ] satisfies Middleware[]) {
      const removeOut = pair.client.use(middleware);
      const out = watch(pair.client.read(0));
      await pair.settle();
      expect(out.error).toBe(failure);
      removeOut();
      const removeIn = pair.server.use(middleware);
      const incoming = watch(pair.client.read(0));
      await pair.settle();
      expect(incoming.error).toMatchObject({ code: 'ERR_STATUS', reason: 'callback-error' });
      removeIn();
    }
    expect(failures).toEqual([failure, failure]);
    await pair.close();
  });

  test('hear what a callback threw', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => Promise.reject(new Error('broken')));
    pair.server.registerCallback(SID_READ_REQUEST, 1, () => 'no pair');
    pair.server.use(async (_, next) => {
      try {
        return await next();
      } catch (error) {
        return { data: (error as Error).message };
      }
    });
    const answers = watch(Promise.all([pair.client.read(0), pair.client.read(1)]));
    await pair.settle();
    expect(answers.value).toEqual(['broken', 'the callback returned no [status, data]']);
    await pair.close();
  });

  test('keep the order of answers to equal ids, however long each takes', async () => {
    const pair = await Pair.connected();
    pair.server.onExecute(0, (data) => data);
    pair.server.use(async (message, next) => {
      await message.pause(message.data as number);
      return next();
    });
    const answers = watch(Promise.all([30, 10, 20].map((ms) => pair.client.execute(0, ms))));
    await pair.clock.advanceAsync(30);
    expect(answers.value).toEqual([30, 10, 20]);
    expect(await pair.close()).toBe(0);
  });

  test('are taken back, each by itself, for what begins later', async () => {
    const pair = await Pair.connected();
    pair.server.onRead(0, () => 'x');
    const trace: string[] = [];
    const mark: Middleware = (_, next) => {
      trace.push('mark');
      return next();
    };
    const removers = [pair.client.use(mark), pair.client.use(mark)];
    for (const remove of removers) {
      watch(pair.client.read(0));
      remove();
      remove();
      await pair.settle();
    }
    watch(pair.client.read(0));
    await pair.settle();
    expect(trace.length).toBe(3);
    await pair.close();
  });

  test('do not see what is sent without an answer, nor the session own exchange', async () => {
    const pair = new Pair({ both: { secret: 'correct horse battery staple' }, client: { channelName: 'x' } });
    const seen: number[] = [];
    for (const session of [pair.client, pair.server])
      session.use(({ serviceId }, next) => {
        seen.push(serviceId);
        return next();
      });
    await pair.settle();
    expect(await pair.client.send(SID_READ_REQUEST, 0)).toBe(true);
    await pair.settle();
    expect([pair.client.isTrusted, seen]).toEqual([true, []]);
    await pair.close();
  });

  test('do not see what may not pass', async () => {
    const pair = new Pair({ both: { secret: 'correct horse battery staple' }, client: { autoAuth: false } });
    let seen = 0;
    pair.server.onRead(0, () => 1);
    pair.server.use((_, next) => {
      seen++;
      return next();
    });
    await pair.settle();
    await pair.client.send(SID_READ_REQUEST, 0);
    pair.client.addMsgToAuthWhitelist(SID_READ_REQUEST, 0);
    const read = watch(pair.client.read(0));
    await pair.settle();
    expect(read.error).toMatchObject({ reason: 'authentication-required' });
    expect(seen).toBe(0);
    await pair.close();
  });

  test('are refused unless they are functions', async () => {
    const pair = await Pair.connected();
    expect(() => pair.client.use({} as never)).toThrow('Option middleware: expected a function');
    await pair.close();
  });

  test('are typed by their direction, and must give an answer', () => {
    expectTypeOf<Parameters<Middleware>[0]>().toEqualTypeOf<OutgoingRequest | IncomingRequest>();
    expectTypeOf<ReturnType<Middleware>>().toEqualTypeOf<GivenAnswer | PromiseLike<GivenAnswer>>();
    const typed: Middleware = (message, next) => {
      if (message.direction === 'out') expectTypeOf(message).toEqualTypeOf<OutgoingRequest>();
      else expectTypeOf(message).toEqualTypeOf<IncomingRequest>();
      return next();
    };
    expectTypeOf(typed).toBeFunction();
    // @ts-expect-error nothing is no answer
    const silent: Middleware = () => {};
    // @ts-expect-error a text is none
    const text: Middleware = () => 'x';
    expect([silent, text].length).toBe(2);
  });
});
