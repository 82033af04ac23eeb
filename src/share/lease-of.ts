import { type Clock, systemClock } from '../base/clock.js';
import { optionsDoor } from '../base/option-names.js';
import { clockRow, msRow, signalRow, switchRow, timeoutRow } from '../base/option-rows.js';
import { optionReader, type RowsFor } from '../base/option-table.js';
import { describeKind, MAX_TIMEOUT_MS } from '../base/options.js';
import type { ServiceIds } from '../base/service-ids.js';
import { type AbortSignalLike, onAbort, reasonOf } from '../base/signals.js';
import { OptionError } from '../protocol/errors.js';
import type { Message } from '../protocol/message.js';
import type { Session } from '../session/session.js';
import { type DeviceLease, grantOf, HeldLease, leaseErrorOf } from './held-lease.js';
import { LEASE_ACQUIRE, LEASE_RELEASE } from './lease.js';
import { leaseIdsRow } from './option-table.js';

/** Options of {@link leaseOf}. */
export interface LeaseOfOptions {
  /** The service ids of the lease, where the share has others: 65000 and 65001. */
  readonly leaseService?: ServiceIds | undefined;
  /** The clock; a test brings its own. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link LeaseClient.acquire}; times in milliseconds. */
export interface AcquireOptions {
  /** How long it lasts, unless it is renewed; the share may allow less: 10,000 ms. */
  readonly ttl?: number | undefined;
  /** How long to wait for others who have the device, and for what is under way; the share may allow less: 5,000 ms. */
  readonly wait?: number | undefined;
  /** Whether to renew it at each third of its time, for as long as it is not released: off. */
  readonly renew?: boolean | undefined;
  /** Gives up waiting when it is aborted; has no effect once there is a lease. */
  readonly signal?: AbortSignalLike | undefined;
}

/** The options of {@link LeaseOfOptions}. */
export const LEASE_OF_OPTIONS = {
  leaseService: leaseIdsRow(),
  clock: clockRow(),
} satisfies RowsFor<LeaseOfOptions>;

const admitLeaseOfOptions = optionsDoor('LeaseOfOptions', 'leaseOf(session)', LEASE_OF_OPTIONS);

/** The options of {@link AcquireOptions}. */
export const ACQUIRE_OPTIONS = {
  ttl: timeoutRow({ default: 10_000, why: 'Long enough for some requests, short for those who wait.' }),
  wait: msRow({ default: 5_000, why: 'As long as a request waits.' }),
  renew: switchRow({ default: false, why: 'A program that hangs must not keep the device.' }),
  signal: signalRow({ why: 'The share bounds how long a client can wait.' }),
} satisfies RowsFor<AcquireOptions>;

const admitAcquireOptions = optionsDoor('AcquireOptions', 'acquire({ ttl: 2_000 })', ACQUIRE_OPTIONS);

/** Asks a share for the device. */
export interface LeaseClient {
  /**
   * Waits until this session has the device alone.
   *
   * @returns the lease; `await using` releases it
   * @throws (rejects) LeaseError where it cannot be had, and as `session.request`
   */
  acquire(options?: AcquireOptions): Promise<DeviceLease>;
}

const clients = new WeakMap<Session, LeaseClient>();

/**
 * The leases of a session with a share.
 *
 * @param session with a share, from `connect`
 * @throws OptionError for a wrong option, or what is no session; RequestSidExistsError or ResponseSidExistsError where the session has other services
 *   of these ids
 *
 * @example
 * ```ts
 * import { connect } from 'socket-protocol';
 * import { leaseOf } from 'socket-protocol/share';
 *
 * const session = await connect({ port: 17018 });
 * const lease = await leaseOf(session).acquire({ ttl: 2_000 });
 * try {
 *   const speed = await lease.read<number>(3);
 *   await lease.write(3, speed + 1);
 * } finally {
 *   await lease.release();
 * }
 * ```
 */
export function leaseOf(session: Session, options: LeaseOfOptions = {}): LeaseClient {
  admitLeaseOfOptions(options);
  if (typeof session?.addService !== 'function')
    throw new OptionError('session', 'a session, as connect() makes it', describeKind(session));
  const read = optionReader(LEASE_OF_OPTIONS, options);
  const known = clients.get(session);
  if (known !== undefined) return known;
  const service = read('leaseService');
  session.addService(...service, 'lease request', 'lease response');
  const [requestSid] = service;
  const clock = read('clock') ?? systemClock;
  const client: LeaseClient = { acquire: (how = {}) => acquire(session, requestSid, clock, how) };
  clients.set(session, client);
  return client;
}

/** The share answers after `wait`; its answer takes a while, too. */
const GRACE_MS = 5_000;

async function acquire(
  session: Session,
  requestSid: number,
  clock: Clock,
  options: AcquireOptions,
): Promise<DeviceLease> {
  admitAcquireOptions(options);
  const read = optionReader(ACQUIRE_OPTIONS, options);
  const [ttl, wait, isRenewing, signal] = [read('ttl'), read('wait'), read('renew'), read('signal')];
  if (signal?.aborted) throw reasonOf(signal);
  const timeout = Math.min(MAX_TIMEOUT_MS, wait + GRACE_MS);
  const asked = session.request(requestSid, LEASE_ACQUIRE, { ttl, wait }, { timeout });
  const answer = await untilAborted(asked, signal, (late) => {
    // nobody takes this lease: give it back, so that others need not wait for its end
    const given = grantOf(late);
    if (given !== null) session.request(requestSid, LEASE_RELEASE, { fence: given.fence }).catch(() => {});
  });
  const grant = grantOf(answer);
  if (grant === null) throw leaseErrorOf(answer, null);
  const { fence, expiresIn } = grant;
  return new HeldLease({ session, requestSid, clock, fence, ttlMs: ttl, isRenewing }, expiresIn);
}

/** @param late gets an answer that comes after the signal was aborted */
function untilAborted(
  asked: Promise<Message>,
  signal: AbortSignalLike | undefined,
  late: (answer: Message) => void,
): Promise<Message> {
  if (signal === undefined) return asked;
  return new Promise((resolve, reject) => {
    let isAborted = false;
    const unlisten = onAbort(signal, () => {
      isAborted = true;
      reject(reasonOf(signal));
    });
    asked.then((answer) => (isAborted ? late(answer) : resolve(answer)), reject).finally(unlisten);
  });
}
