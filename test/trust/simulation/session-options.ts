import type { Clock, SessionOptions } from '../../../src/index.js';
import type { Leaks } from './leaks.js';
import type { World } from './world.js';

/** The options of one session of a world. */
export function sessionOptions(
  world: World,
  clock: Clock,
  secret: string | null,
  leaks: Leaks,
): SessionOptions {
  const { config, codec, random } = world;
  return {
    secret,
    codec,
    clock,
    // the jitter of heartbeats: a seed must give the same world again
    random: () => 0.5,
    autoAuth: config.isAutoAuthOn,
    channelName: random.of([null, null, 'boiler', 'cellar', 'evil\nname\u001b[31m']),
    lateAnswerGrace: config.lateAnswerGraceMs,
    callbackTimeout: config.callbackTimeoutMs,
    // no world has to wait longer at its end
    closeTimeout: 1_000,
    ...(config.hasLogger ? { logger: leaks.logger() } : {}),
    ...(config.hasInspector ? { inspect: leaks.inspector() } : {}),
    ...(config.hasSmallLimits
      ? {
          maxPendingRequests: 5,
          maxBuffered: 3,
          maxBufferedPerKey: 2,
          maxRunningCallbacks: 2,
          maxOutputBytes: random.of([70, 150]),
        }
      : {}),
  };
}
