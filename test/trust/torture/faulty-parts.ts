/** What a user gives to a session, each part of which may fail. */

import type { AnyActorRef } from 'xstate';
import type { Clock, InspectedEvent, Logger, SessionOptions } from '../../../src/index.js';
import { deriveKey } from '../../../src/index.js';
import { type Codec, pureJson } from '../../../src/wire/index.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { Random } from '../random.js';
import { type Faults, InjectedFailure, type SideName } from './faults.js';

/** The session's options that can fail. */
export type FaultyOptions = Required<
  Pick<SessionOptions, 'clock' | 'codec' | 'logger' | 'inspect' | 'deriveKey'>
>;

/** Options whose functions may fail; `actors` gets every actor that is made. */
export function faultyOptions(
  faults: Faults,
  side: SideName,
  { clock, actors }: { clock: Clock; actors: AnyActorRef[] },
): FaultyOptions {
  const check = (kind: string): void => faults.check(`${side}.${kind}`);
  return {
    clock: faultyClock(clock, check),
    codec: faultyCodec(check),
    logger: faultyLogger(check),
    inspect: (event: InspectedEvent) => {
      if (event.type === '@xstate.actor') {
        const { actorRef } = event as unknown as { readonly actorRef: AnyActorRef };
        actors.push(actorRef);
      }
      check('inspect throws');
    },
    deriveKey: (seed, secret) => {
      check('deriveKey throws');
      return deriveKey(seed, secret);
    },
  };
}

type Check = (kind: string) => void;

function faultyClock(clock: Clock, check: Check): Clock {
  return {
    now: () => {
      check('clock.now throws');
      return clock.now();
    },
    setTimeout: (callback, delayMs) => {
      check('clock.setTimeout throws');
      return clock.setTimeout(callback, delayMs);
    },
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}

function faultyCodec(check: Check): Codec {
  return {
    name: 'faulty',
    encode: (message) => {
      check('encode throws');
      return pureJson.encode(message);
    },
    decode: (payload, maxDepth) => {
      check('decode throws');
      return maxDepth === undefined ? pureJson.decode(payload) : pureJson.decode(payload, maxDepth);
    },
  };
}

function faultyLogger(check: Check): Logger {
  const logger: Logger = {
    debug: () => check('logger.debug throws'),
    info: () => check('logger.info throws'),
    warn: () => check('logger.warn throws'),
    error: () => check('logger.error throws'),
    child: () => {
      check('logger.child throws');
      return logger;
    },
  };
  return logger;
}

/** Chance that is the same in each run and may fail. */
export function faultyRandomBytes(faults: Faults, side: SideName): (length: number) => Buffer {
  const random = new Random(side === 'client' ? 1 : 2);
  return (length) => {
    faults.check(`${side}.randomBytes throws`);
    return random.bytes(length);
  };
}

/** A callback of a user that may fail in each of the ways that callbacks fail in. */
export function faultyCallback<Args extends unknown[]>(
  faults: Faults,
  side: SideName,
  callback: (...args: Args) => unknown,
): (...args: Args) => unknown {
  return (...args) => {
    faults.check(`${side}.callback throws`);
    if (faults.hits(`${side}.callback rejects`))
      return Promise.reject(new InjectedFailure('callback rejects'));
    if (faults.hits(`${side}.callback returns nonsense`)) return () => 'no JSON';
    if (faults.hits(`${side}.callback returns a broken promise`)) return brokenPromise;
    if (faults.hits(`${side}.callback hangs`)) return new Promise(() => {});
    return callback(...args);
  };
}

/** Looks like a promise, and throws when it is waited for. */
const brokenPromise = {
  // biome-ignore lint/suspicious/noThenProperty: a thenable of a user's own is what this is about
  then: (): never => {
    throw new InjectedFailure('then throws');
  },
};

/**
 * Time for everything in a run: what a timer's callback throws would have ended the program, so it is reported instead of
 * reaching the code that advances the time.
 */
export function watchedClock(clock: VirtualClock, uncaught: (error: unknown) => void): Clock {
  return {
    now: () => clock.now(),
    setTimeout: (callback, delayMs) =>
      clock.setTimeout(() => {
        try {
          callback();
        } catch (error) {
          uncaught(error);
        }
      }, delayMs),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
