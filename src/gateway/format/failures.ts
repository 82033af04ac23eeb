/**
 * Answers that are no message: a gateway or worker says why there is none. The headers `Nats-Service-Error-Code` and
 * `Nats-Service-Error` are those of every service on NATS, for programs that know nothing else; the others say it exactly.
 */

import { messageOfThrown } from '../../base/thrown.js';
import type { BusHeaders } from '../../bus/bus.js';
import { codeOfError } from '../../protocol/error-brand.js';
import {
  type AnySocketProtocolError,
  type AskedRequest,
  BUS_ERROR_HEAD,
  BusError,
  ConnectionLostError,
  NoSuchPeerError,
  type RequestError,
  TimeoutError,
  TooManyRequestsError,
} from '../../protocol/errors.js';
import {
  BUS_REASONS,
  type BusReason,
  isLinkReason,
  TIMEOUT_REASONS,
  type TimeoutReason,
} from '../../protocol/reasons.js';
import { STATUS_HEADER } from './headers.js';

/** The header with the code of a failure: three digits. */
export const ERROR_CODE_HEADER = 'Nats-Service-Error-Code';
/** The header with the text of a failure. */
export const ERROR_TEXT_HEADER = 'Nats-Service-Error';
/** The header with the reason of a failure. */
const REASON_HEADER = 'Sp-Error';
/** The header that says whether somebody may have acted on the request. */
const WRITTEN_HEADER = 'Sp-Written';
/** The header with a time in milliseconds: of a request, how long it may take; of a failure, how long it was waited. */
export const TIMEOUT_HEADER = 'Sp-Timeout';
/** A time as it is written: milliseconds without sign and fraction. */
const TIME = /^\d{1,15}$/;

/** How long the requester still waits, in milliseconds; Infinity where the header is missing or is no time. */
export function timeoutIn(headers: BusHeaders | null): number {
  const text = headers?.[TIMEOUT_HEADER];
  return text !== undefined && TIME.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

/** The header with the limit that was reached. */
const LIMIT_HEADER = 'Sp-Limit';

/** A longer text is cut: it is one line of a header. */
const MAX_TEXT_LENGTH = 300;

interface Failure {
  readonly code: number;
  readonly reason: string;
  readonly written: boolean;
  readonly others?: BusHeaders;
}

/**
 * The headers that tell a requester of an error.
 *
 * @param error what its request was rejected with; anything that is not of this library is a failure whose outcome is unknown
 */
export function failureHeaders(error: unknown): BusHeaders {
  const { code, reason, written, others } = failureFor(error);
  return {
    [ERROR_CODE_HEADER]: String(code),
    [ERROR_TEXT_HEADER]: lineOf(messageOfThrown(error)),
    [REASON_HEADER]: reason,
    [WRITTEN_HEADER]: String(written),
    ...others,
  };
}

const UNKNOWN: Failure = { code: 500, reason: 'bus-failure', written: true };

function failureFor(thrown: unknown): Failure {
  if (codeOfError(thrown) === null) return UNKNOWN;
  const error = thrown as AnySocketProtocolError;
  const { reason } = error;
  switch (error.code) {
    case 'ERR_NO_SUCH_PEER':
      return { code: 404, reason, written: false };
    case 'ERR_TIMEOUT':
      return {
        code: 408,
        reason,
        written: error.written,
        others: { [TIMEOUT_HEADER]: String(error.timeoutMs) },
      };
    case 'ERR_TOO_MANY_REQUESTS': {
      // one of an older copy of the package has no limit
      const limit: number | undefined = error.limit;
      return {
        code: 429,
        reason,
        written: false,
        others: limit === undefined ? {} : { [LIMIT_HEADER]: String(limit) },
      };
    }
    case 'ERR_CONNECTION_LOST':
      return { code: reason === 'gateway-down' ? 503 : 502, reason, written: error.written };
    case 'ERR_SESSION_CLOSED':
      // it does not say whether the request was written
      return { code: 502, reason, written: true };
    case 'ERR_AUTHENTICATION':
      return { code: 502, reason: 'key-refused', written: false };
    case 'ERR_BUS':
      return { code: CODES[error.reason] ?? UNKNOWN.code, reason, written: error.written };
    case 'ERR_OPTION':
      return { code: 400, reason: 'bus-bad-message', written: false };
    default:
      return UNKNOWN;
  }
}

const CODES: Readonly<Partial<Record<BusReason, number>>> = {
  'bus-bad-message': 400,
  'bus-bad-subject': 400,
  'bus-too-large': 413,
};

const LINE_BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu;

function lineOf(text: string): string {
  const line = text.replace(LINE_BREAKS, ' ').toWellFormed();
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH).toWellFormed()}…` : line;
}

/** Whether an answer is no message. */
export function saysFailure(headers: BusHeaders | null): headers is BusHeaders {
  // a worker whose handler has failed answers with a message, and has the headers that tools count as well
  if (headers === null || headers[STATUS_HEADER] !== undefined) return false;
  return headers[REASON_HEADER] !== undefined || headers[ERROR_CODE_HEADER] !== undefined;
}

/**
 * What the headers of an answer say went wrong.
 *
 * @param asked the request, for the error
 * @param device the name of the device that was asked, for the error
 * @returns null where the answer is a message
 */
export function failureOf(headers: BusHeaders | null, asked: AskedRequest, device = ''): RequestError | null {
  if (!saysFailure(headers)) return null;
  const { [REASON_HEADER]: reason, [ERROR_CODE_HEADER]: code } = headers;
  // unless the failure says that nobody acted on it, somebody may have
  const written = headers[WRITTEN_HEADER] !== 'false';
  if (reason === 'no-such-peer') return new NoSuchPeerError(device, 0, asked);
  if (reason === 'too-many-pending' || reason === 'too-many-queued-bytes')
    return new TooManyRequestsError(reason, numberIn(headers[LIMIT_HEADER]), asked, null);
  if (isTimeoutReason(reason))
    return new TimeoutError(asked, numberIn(headers[TIMEOUT_HEADER]), reason, written);
  if (isLinkReason(reason)) return new ConnectionLostError(asked, written, reason);
  const text = headers[ERROR_TEXT_HEADER] ?? '';
  // the error here says itself that it is about the bus
  const own = text.startsWith(BUS_ERROR_HEAD) ? text.slice(BUS_ERROR_HEAD.length) : text;
  const detail = own === '' ? `failed with code ${lineOf(code ?? 'none')}` : lineOf(own);
  return new BusError(isBusReason(reason) ? reason : 'bus-failure', { written, detail }, asked);
}

function isTimeoutReason(reason: string | undefined): reason is TimeoutReason {
  return reason !== undefined && Object.hasOwn(TIMEOUT_REASONS, reason);
}

function isBusReason(reason: string | undefined): reason is BusReason {
  return reason !== undefined && Object.hasOwn(BUS_REASONS, reason);
}

/** 0 where it is none. */
function numberIn(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 ? value : 0;
}
