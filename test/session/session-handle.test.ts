import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../machines/index.js';
import { SessionHandle } from '../../src/session/session-handle.js';

/** An actor that notes what it is sent. */
class Actor {
  status = 'active';
  value: unknown = 'open';
  readonly sent: string[] = [];

  send({ type }: SessionEvent): void {
    this.sent.push(type);
    if (type === 'session.close') this.value = 'closing';
  }

  getSnapshot(): { status: string; value: unknown } {
    return { status: this.status, value: this.value };
  }
}

const warnings: string[] = [];
const listener = ({ message }: Error): void => void warnings.push(message);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  warnings.length = 0;
  process.on('warning', listener);
});
afterEach(() => void process.off('warning', listener));

describe('a session that is being made', () => {
  test('is not closed, and takes no events yet', () => {
    const handle = new SessionHandle();
    const actor = new Actor();
    handle.send({ type: 'session.close' });
    expect(handle.isClosed).toBe(false);
    handle.bind(actor);
    expect([actor.sent, handle.isClosed]).toEqual([[], false]);
  });

  test.each(['fail', 'crash'] as const)('throws to its maker what was thrown first: %s', async (how) => {
    const handle = new SessionHandle();
    const result = handle[how](new Error('first'));
    handle.fail(new Error('second'));
    handle.crash(new Error('third'));
    expect(result).toBe(how === 'crash' ? true : undefined);
    expect(() => handle.bind(new Actor())).toThrow('first');
    await nextTurn();
    expect(warnings).toEqual([]);
  });
});

describe('a session that runs', () => {
  test('is closed once, after the current step, when something throws', async () => {
    const handle = new SessionHandle();
    const actor = new Actor();
    handle.bind(actor);
    handle.guard(() => {
      throw new Error('the clock');
    });
    handle.fail(new Error('the codec'));
    expect(actor.sent).toEqual([]);
    await nextTurn();
    expect([actor.sent, handle.isClosed]).toEqual([['session.close'], true]);
    expect(warnings).toEqual([expect.stringContaining('the clock')]);
    handle.fail(new Error('too late'));
    handle.send({ type: 'session.start' });
    await nextTurn();
    expect([actor.sent.length, warnings.length]).toEqual([1, 1]);
  });

  test('runs what it guards, and is not closed where nothing throws', async () => {
    const handle = new SessionHandle();
    const actor = new Actor();
    handle.bind(actor);
    let runs = 0;
    handle.guard(() => runs++);
    await nextTurn();
    expect([runs, actor.sent, warnings]).toEqual([1, [], []]);
  });

  test('says so when a machine fails, and takes no more events then', async () => {
    const handle = new SessionHandle();
    const actor = new Actor();
    handle.bind(actor);
    expect(handle.crash(new Error('a defect'))).toBe(false);
    actor.status = 'error';
    expect(handle.isClosed).toBe(true);
    handle.send({ type: 'session.start' });
    handle.fail(new Error('more'));
    await nextTurn();
    expect([actor.sent, warnings]).toEqual([[], [expect.stringContaining('a defect')]]);
  });
});
