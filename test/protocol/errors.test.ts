import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  type AnySocketProtocolError,
  AuthenticationError,
  type AuthenticationReason,
  BusError,
  type BusReason,
  ConnectError,
  ConnectionLostError,
  type ErrorCode,
  isSocketProtocolError,
  LeaseError,
  type LeaseReason,
  type LinkReason,
  ListenError,
  type ListenReason,
  MiddlewareError,
  type MiddlewareReason,
  NoSuchPeerError,
  OptionError,
  REASONS,
  RequestSidExistsError,
  ResponseSidExistsError,
  SessionClosedError,
  SocketProtocolError,
  StatusError,
  type StatusReason,
  TimeoutError,
  type TimeoutReason,
  TooManyRequestsError,
  ValidationError,
  type ValidationReason,
} from '../../src/index.js';

/** One error of each class, with its code. */
const ERRORS: Readonly<Record<ErrorCode, AnySocketProtocolError>> = {
  ERR_OPTION: new OptionError('port', 'a port', 'none'),
  ERR_TIMEOUT: new TimeoutError('read data request', 100, 'not-trusted'),
  ERR_CONNECTION_LOST: new ConnectionLostError('read data request', true, 'peer-closed'),
  ERR_SESSION_CLOSED: new SessionClosedError('it was answered'),
  ERR_STATUS: new StatusError(3),
  ERR_AUTHENTICATION: new AuthenticationError('wrong-secret'),
  ERR_CONNECT: new ConnectError('localhost:1', 'connection-refused'),
  ERR_LISTEN: new ListenError('localhost:1', 'address-in-use'),
  ERR_TOO_MANY_REQUESTS: new TooManyRequestsError('too-many-pending', 10),
  ERR_REQUEST_SID_EXISTS: new RequestSidExistsError(10),
  ERR_RESPONSE_SID_EXISTS: new ResponseSidExistsError(11),
  ERR_VALIDATION: new ValidationError({
    reason: 'invalid-input',
    entry: 'led',
    side: 'input',
    issues: [{ path: 'brightness', code: 'too_big' }],
  }),
  ERR_MIDDLEWARE: new MiddlewareError('next-never-called', 'in', {
    name: 'read data request',
    serviceId: 10,
    dataId: 0,
    peerAddress: undefined,
  }),
  ERR_NO_SUCH_PEER: new NoSuchPeerError('kitchen'),
  ERR_BUS: new BusError('bus-no-responders', { subject: 'sp.kitchen.10.0' }),
  ERR_LEASE: new LeaseError('lease-over', 7),
};

/** Acts on every error by its code alone; a code that is left out, or a class that is not the one, does not compile. */
function nameByCode(error: AnySocketProtocolError): string {
  switch (error.code) {
    case 'ERR_OPTION':
      expectTypeOf(error).toEqualTypeOf<OptionError>();
      return `option ${error.option}`;
    case 'ERR_TIMEOUT':
      expectTypeOf(error.reason).toEqualTypeOf<TimeoutReason>();
      return `time-out of ${error.timeoutMs} ms: ${nameOfTimeout(error)}`;
    case 'ERR_CONNECTION_LOST':
      expectTypeOf(error.reason).toEqualTypeOf<LinkReason>();
      return error.written ? 'outcome unknown' : 'not sent';
    case 'ERR_SESSION_CLOSED':
      expectTypeOf<typeof error.reason>().toEqualTypeOf<'session-closed'>();
      return 'closed';
    case 'ERR_STATUS':
      expectTypeOf(error.reason).toEqualTypeOf<StatusReason>();
      return `status ${error.status}`;
    case 'ERR_AUTHENTICATION':
      expectTypeOf(error.reason).toEqualTypeOf<AuthenticationReason>();
      return error.reason === 'wrong-secret' ? 'ask for the secret' : 'give up';
    case 'ERR_CONNECT':
      expectTypeOf(error).toEqualTypeOf<ConnectError>();
      return `nobody at ${error.address}`;
    case 'ERR_LISTEN':
      expectTypeOf(error.reason).toEqualTypeOf<ListenReason>();
      return `not at ${error.address}`;
    case 'ERR_TOO_MANY_REQUESTS':
      expectTypeOf(error.reason).toEqualTypeOf<'too-many-pending' | 'too-many-queued-bytes'>();
      return 'too many';
    case 'ERR_REQUEST_SID_EXISTS':
    case 'ERR_RESPONSE_SID_EXISTS':
      expectTypeOf(error).toEqualTypeOf<RequestSidExistsError | ResponseSidExistsError>();
      return error.reason;
    case 'ERR_VALIDATION':
      expectTypeOf(error.reason).toEqualTypeOf<ValidationReason>();
      return `${error.side} of ${error.entry}: ${error.issues.map(({ path }) => path)}`;
    case 'ERR_MIDDLEWARE':
      expectTypeOf(error.reason).toEqualTypeOf<MiddlewareReason>();
      return `${error.direction}: ${error.reason}`;
    case 'ERR_NO_SUCH_PEER':
      expectTypeOf(error).toEqualTypeOf<NoSuchPeerError>();
      return error.peerName;
    case 'ERR_BUS':
      expectTypeOf(error.reason).toEqualTypeOf<BusReason>();
      return `${error.subject}: ${error.written ? 'outcome unknown' : 'not sent'}`;
    case 'ERR_LEASE':
      expectTypeOf(error.reason).toEqualTypeOf<LeaseReason>();
      return `lease ${error.fence}`;
    default:
      return error satisfies never;
  }
}

/** The same, one level down. */
function nameOfTimeout({ reason }: TimeoutError): string {
  switch (reason) {
    case 'no-answer':
      return 'silent';
    case 'not-connected':
    case 'not-trusted':
      return 'not ready';
    case 'peer-does-not-read':
    case 'behind-unanswered-request':
    case 'middleware-pending':
      return 'busy';
    default:
      return reason satisfies never;
  }
}

describe('an error of the library', () => {
  test('is narrowed by its code, and then by its reason', () => {
    expect(Object.values(ERRORS).map(nameByCode)).toEqual([
      'option port',
      'time-out of 100 ms: not ready',
      'outcome unknown',
      'closed',
      'status 3',
      'ask for the secret',
      'nobody at localhost:1',
      'not at localhost:1',
      'too many',
      'service-id-taken',
      'service-id-taken',
      'input of led: brightness',
      'in: next-never-called',
      'kitchen',
      'sp.kitchen.10.0: not sent',
      'lease 7',
    ]);
  });

  test.each(
    Object.entries(ERRORS),
  )('of code %s has its class for a name, a known reason and a text', (code, error) => {
    expect(error).toBeInstanceOf(SocketProtocolError);
    expect(error).toMatchObject({ code, name: error.constructor.name });
    expect(Object.hasOwn(REASONS, error.reason)).toBe(true);
    expect(error.message).toMatch(/\S/);
  });

  test.each(
    Object.values(ERRORS).map((error) => [error.name, error] as const),
  )('is recognized: %s', (_, error) => {
    const thrown: unknown = error;
    expect(isSocketProtocolError(thrown)).toBe(true);
    if (isSocketProtocolError(thrown)) expectTypeOf(thrown).toEqualTypeOf<AnySocketProtocolError>();
  });

  test.each([
    ['an error of somebody else', new RangeError('no')],
    ['an object that looks like one', { code: 'ERR_TIMEOUT', reason: 'no-answer', name: 'TimeoutError' }],
    ['a text', 'ERR_TIMEOUT'],
    ['nothing', undefined],
    ['null', null],
  ])('is not %s', (_, thrown) => {
    expect(isSocketProtocolError(thrown)).toBe(false);
  });

  test.each([
    [1, 'request-buffered'],
    [2, 'callback-error'],
    [3, 'authentication-required'],
    [4, 'service-or-data-unknown'],
    [5, 'checksum-error'],
    [6, 'operation-not-permitted'],
    [99, 'other-status'],
  ])('of status %i has the reason %s', (status, reason) => {
    expect(new StatusError(status).reason).toBe(reason);
  });
});
