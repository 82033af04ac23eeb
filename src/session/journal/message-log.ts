/** What a session logs, in the words of the original, and what its observer gets. No text is built that nobody reads. */

import { warnOfThrown } from '../../base/thrown.js';
import { watchResult } from '../../base/user-code.js';
import { SID_AUTH_REQUEST, SID_AUTH_RESPONSE, STATUS_LOG_LVL } from '../../protocol/ids.js';
import type { Message } from '../../protocol/message.js';
import { type DropReason, NOTES, type NoteCode, type Reason, textOfReason } from '../../protocol/reasons.js';
import type { Role } from '../../protocol/role.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';
import type { SessionSettings } from '../options.js';
import { HexMask, maskedCopy } from './hex-mask.js';
import { LogLimiter } from './log-limiter.js';
import {
  cleanName,
  hexDump,
  LOG_LEVEL,
  type Logger,
  type LogLevels,
  levelName,
  methodOf,
  type NamedLog,
  namedLog,
  pythonRepr,
} from './logging.js';
import type {
  Observation,
  Observe,
  ObservedLoss,
  ObservedMessage,
  ObservedSession,
  ObservedTimeout,
} from './observation.js';
import type { StrangerBudget } from './stranger-budget.js';

const MASK = '***';

/** What the original says first. */
const INITIALISED = [
  'Resetting authentification state to AUTH_STATE_UNTRUSTED_CONNECTION',
  'Initialisation finished.',
] as const;

/** Log levels of the notes; info for all others. */
const LEVELS: Readonly<Partial<Record<NoteCode, number>>> = {
  'connect-failed': LOG_LEVEL.warning,
  'authentication-failed': LOG_LEVEL.warning,
  'authentication-impossible': LOG_LEVEL.warning,
  'callback-failed': LOG_LEVEL.error,
  'session-failed': LOG_LEVEL.error,
  'message-not-sent': LOG_LEVEL.warning,
  'cut-at-the-end': LOG_LEVEL.warning,
  'name-overwritten': LOG_LEVEL.warning,
};

/** The two loggers of a session: `socket_protocol.NAME` for messages, `tcp_socket.NAME` for their bytes. */
export class MessageLog {
  readonly isOn: boolean;
  readonly #levels: LogLevels;
  /** Messages of a stranger are logged less often. */
  isTrusted = false;
  readonly #logger: Logger | undefined;
  readonly #role: Role;
  readonly #vocabulary: Vocabulary;
  readonly #dropLimiter: LogLimiter | null;
  /** Of notes that are warnings or errors. */
  readonly #troubleLimiter: LogLimiter | null;
  readonly #strangerLimiter: LogLimiter | null;
  readonly #session: ObservedSession;
  readonly #strangers: StrangerBudget | null;
  /** Lines that the session's own limits admit and the server's do not. */
  #leftOutByServer = 0;
  #observe: Observe | undefined;
  /** One for all bytes outside of frames, because a seed may come in pieces; made when the first are observed. */
  #noiseMask: HexMask | null = null;
  #protocolLog: NamedLog | undefined;
  #socketLog: NamedLog | undefined;

  constructor(
    settings: SessionSettings,
    session: ObservedSession,
    vocabulary: Vocabulary,
    strangers: StrangerBudget | null,
  ) {
    const { logLevels, observe, clock, maxDropLogLines, maxUntrustedLogMessages, channelName } = settings;
    const { debug, info, warn, error } = logLevels;
    // one that takes nothing is as good as none
    const logger = debug || info || warn || error ? settings.logger : undefined;
    this.isOn = logger !== undefined || observe !== undefined;
    this.#levels = logLevels;
    this.#logger = logger;
    this.#observe = observe;
    this.#session = session;
    this.#strangers = strangers;
    const limiter = (): LogLimiter => new LogLimiter(clock, maxDropLogLines);
    this.#dropLimiter = logger !== undefined && warn ? limiter() : null;
    this.#troubleLimiter = logger !== undefined && (warn || error) ? limiter() : null;
    this.#strangerLimiter = logger === undefined ? null : new LogLimiter(clock, maxUntrustedLogMessages);
    this.#role = session.role;
    this.#vocabulary = vocabulary;
    this.useName(channelName);
  }

  /** From now on both loggers carry the channel's name. */
  useName(channelName: string | null): void {
    if (this.#logger === undefined) return;
    const name = channelName === null ? null : cleanName(channelName);
    const suffix = name === null ? '' : `.${name}`;
    this.#protocolLog = namedLog(this.#logger, `socket_protocol${suffix}`, this.#levels);
    this.#socketLog = namedLog(this.#logger, `tcp_socket${suffix}`, this.#levels);
  }

  /** The words come when the program asks for it, the bytes when it is written: as the original has it. */
  asked(message: Message<unknown>, hasPeer: boolean): void {
    if (this.#strangerLimiter === null) return;
    const level = levelOf(message.status);
    if (!this.logs(level)) return;
    // without a peer, only this program decides how many there are
    const more = hasPeer || !this.#levels.info ? this.#admit(1) : '';
    if (more !== null) this.#logWords('TX ->', level, message, more);
  }

  /** The bytes of a message of which the words are logged already. */
  written(message: Message<unknown>, payload: Uint8Array): void {
    if (!this.isOn) return;
    this.#passed('sent', message, payload);
    if (this.#strangerLimiter === null || !this.#levels.info) return;
    if (this.#admit(1) !== null) this.#logBytes('TX -> ', message, payload);
  }

  sent(message: Message<unknown>, payload: Uint8Array): void {
    if (!this.isOn) return;
    this.#passed('sent', message, payload);
    this.#logPassed('sent', message, payload);
  }

  received(message: Message, payload: Uint8Array): void {
    if (!this.isOn) return;
    this.#passed('received', message, payload);
    this.#logPassed('received', message, payload);
  }

  /** What the original says of a protocol that has been made. */
  initialised(): void {
    for (const text of INITIALISED) this.#protocolLog?.(LOG_LEVEL.info, `prot-${this.#role}: ${text}`);
  }

  /** Whether lines of a level are logged. */
  logs(level: number): boolean {
    return this.#logger !== undefined && this.#levels[methodOf(level)];
  }

  /**
   * Two lines about a message. Those of a stranger, who decides how many there are, are limited; and those about trouble, where
   * a person has asked for trouble alone.
   */
  #logPassed(direction: 'sent' | 'received', message: Message<unknown>, payload: Uint8Array): void {
    if (this.#strangerLimiter === null) return;
    const level = levelOf(message.status);
    const showsBytes = this.#levels.info;
    const showsWords = this.#levels[methodOf(level)];
    if (!showsBytes && !showsWords) return;
    const more = this.#admit(showsBytes && showsWords ? 2 : 1);
    if (more === null) return;
    // in the order in which the layers have it
    if (direction === 'sent' && showsWords) this.#logWords('TX ->', level, message, more);
    if (showsBytes) this.#logBytes(direction === 'sent' ? 'TX -> ' : 'RX  <- ', message, payload);
    if (direction === 'received' && showsWords) this.#logWords('RX <-', level, message, more);
  }

  /** Takes room for lines about a message: what to add to the words; null where they must be left out. */
  #admit(lines: number): string | null {
    const isLimited = !this.isTrusted || !this.#levels.info;
    const leftOut = isLimited ? (this.#strangerLimiter?.admit(lines) ?? null) : 0;
    if (leftOut === null || !this.#hasRoomFor(lines)) return null;
    if (leftOut === 0) return '';
    return ` (${leftOut} messages ${this.isTrusted ? 'of this kind' : 'before trust'} were left out before it)`;
  }

  #logWords(arrow: 'TX ->' | 'RX <-', level: number, message: Message<unknown>, more: string): void {
    this.#protocolLog?.(level, `prot-${this.#role}: ${arrow} ${this.describe(message)}${more}`);
  }

  #logBytes(arrow: 'TX -> ' | 'RX  <- ', message: Message<unknown>, payload: Uint8Array): void {
    this.#socketLog?.(LOG_LEVEL.info, `comm-${this.#role}: ${arrow}"${this.#dump(message, payload)}"`);
  }

  /** A line about the session; `detail` holds nothing that a peer could have written unquoted. */
  note(code: NoteCode, reason: Reason | null, detail: string): void {
    const level = levelOfNote(code, reason);
    if (this.#observe === undefined && !this.logs(level)) return;
    const text = textOfNote(code, reason, detail);
    this.#observed({ type: 'note', code, reason, level: levelName(level), text });
    if (!this.logs(level)) return;
    // a peer decides how many requests fail, and a program how many messages it cannot send
    const leftOut = level < LOG_LEVEL.warning ? 0 : (this.#troubleLimiter?.admit() ?? null);
    if (leftOut === null || !this.#hasRoomFor(1)) return;
    // a connection that begins or is broken concerns the layer below the protocol
    if (code === 'connected' || code === 'breaking-connection')
      this.#socketLog?.(level, `comm-${this.#role}: ${text}`);
    else this.#protocolLog?.(level, `prot-${this.#role}: ${text}${leftOutBefore(leftOut)}`);
  }

  /** How many lines were left out: one for a drop or a note, two for a message before trust. */
  get suppressedLines(): number {
    const ofMessages = this.#strangerLimiter?.suppressed ?? 0;
    const ofDrops = this.#dropLimiter?.suppressed ?? 0;
    return ofDrops + (this.#troubleLimiter?.suppressed ?? 0) + ofMessages + this.#leftOutByServer;
  }

  /** Whether the server has room for lines about this peer; one that is trusted needs none. */
  #hasRoomFor(lines: number): boolean {
    if (this.isTrusted || this.#strangers === null || this.#strangers.takeLines(lines)) return true;
    this.#leftOutByServer += lines;
    return false;
  }

  /** Whether somebody observes the session. */
  get isObserved(): boolean {
    return this.#observe !== undefined;
  }

  /** Passes on what only observers get. */
  observed(observation: ObservedTimeout | ObservedLoss): void {
    this.#observed(observation);
  }

  /**
   * A line about something that was dropped; limited, because a peer decides how many there are.
   *
   * @param payload the frame that could not be read, or the first bytes outside of frames
   * @param byteLength how many bytes outside of frames
   */
  dropped(
    reason: DropReason,
    detail: string | (() => string),
    payload: Uint8Array | null,
    byteLength = 0,
  ): void {
    const line = (): string => (typeof detail === 'string' ? detail : detail());
    if (this.#observe !== undefined) {
      const shown = payload === null ? null : this.#masked(payload, byteLength);
      const length = Math.max(payload?.length ?? 0, byteLength);
      this.#observed({ type: 'dropped', reason, detail: line(), payload: shown, byteLength: length });
    }
    if (this.#dropLimiter === null) return;
    const leftOut = this.#dropLimiter.admit();
    if (leftOut === null || !this.#hasRoomFor(1)) return;
    const text = `prot-${this.#role}: dropped (${reason}): ${line()}${leftOutBefore(leftOut)}`;
    this.#protocolLog?.(LOG_LEVEL.warning, text);
  }

  /** A message as the original logs it; what belongs to an authentication is masked. */
  describe(message: Message<unknown>): string {
    return describeMessage(this.#vocabulary, message);
  }

  /** The bytes without anything that may be a seed or a key. */
  #masked(payload: Uint8Array, noiseLength: number): Uint8Array {
    if (noiseLength === 0) return maskedCopy(payload);
    return (this.#noiseMask ??= new HexMask()).next(payload, noiseLength - payload.length);
  }

  #passed(direction: 'sent' | 'received', message: Message<unknown>, payload: Uint8Array): void {
    if (this.#observe === undefined) return;
    const { serviceId, dataId, status, data } = message;
    this.#observed({
      type: 'message',
      direction,
      ...roleOf(this.#vocabulary, serviceId),
      serviceId,
      dataId,
      status,
      names: namesOf(this.#vocabulary, message),
      data: isMasked(message) ? MASK : data,
      byteLength: payload.length,
      payload: isConfidential(message) ? null : Uint8Array.from(payload),
    });
  }

  /** An observer that throws or rejects must not take the connection with it: it is not called again. */
  #observed(observation: Observation): void {
    if (this.#observe === undefined) return;
    try {
      const result: unknown = this.#observe(observation, this.#session);
      if (result !== undefined) watchResult(result, (error) => this.#observerFailed(error));
    } catch (error) {
      this.#observerFailed(error);
    }
  }

  #observerFailed(error: unknown): void {
    // it may have been called several times before the first rejection
    if (this.#observe === undefined) return;
    this.#observe = undefined;
    const scope = this.#session;
    warnOfThrown('the observer threw and is not called again', error, 'SP_OBSERVER_FAILED', { scope });
  }

  #dump(message: Message<unknown>, payload: Uint8Array): string {
    return isConfidential(message) ? `(${payload.length}): ${MASK}` : hexDump(payload);
  }
}

function leftOutBefore(lines: number): string {
  return lines === 0 ? '' : ` (${lines} such lines were left out before it)`;
}

/** That the program itself has closed its session is no news. */
function levelOfNote(code: NoteCode, reason: Reason | null): number {
  if (code === 'disconnected' && reason === 'session-closed') return LOG_LEVEL.debug;
  return LEVELS[code] ?? LOG_LEVEL.info;
}

function textOfNote(code: NoteCode, reason: Reason | null, detail: string): string {
  if (code === 'connected' && detail !== '') return `${NOTES[code]} (${detail})`;
  if (reason === null) return detail === '' ? NOTES[code] : `${NOTES[code]}: ${detail}`;
  const why = `${NOTES[code]}: ${textOfReason(reason)}`;
  return detail === '' ? why : `${why} (${detail})`;
}

/**
 * A message as the original logs it.
 *
 * @param hidesData whether its data is masked: that of an authentication always is
 */
export function describeMessage(
  vocabulary: Vocabulary,
  message: Message<unknown>,
  hidesData = isMasked(message),
): string {
  const { service, data, status } = namesOf(vocabulary, message);
  const shown = hidesData ? MASK : pythonRepr(message.data);
  return `service: ${service}, data_id: ${data}, status: ${status}, data: "${shown}"`;
}

function roleOf(
  vocabulary: Vocabulary,
  serviceId: number,
): Pick<ObservedMessage, 'role' | 'requestServiceId'> {
  if (vocabulary.responseSidOf(serviceId) !== undefined)
    return { role: 'request', requestServiceId: serviceId };
  const requestServiceId = vocabulary.requestSidOf(serviceId);
  return requestServiceId === undefined
    ? { role: 'message', requestServiceId: serviceId }
    : { role: 'answer', requestServiceId };
}

/** What the service, the data id and the status of a message are called. */
export function namesOf(
  vocabulary: Vocabulary,
  { serviceId, dataId, status }: Message<unknown>,
): ObservedMessage['names'] {
  return {
    service: vocabulary.serviceName(serviceId),
    data: vocabulary.dataName(serviceId, dataId),
    status: vocabulary.statusName(status),
  };
}

/** Whether the data of a message must never be shown. */
export function isMasked(message: Message<unknown>): boolean {
  return isConfidential(message) && typeof message.data !== 'boolean' && message.data !== null;
}

/** Messages that carry seeds and keys; a peer may use any data id for them. */
export function isConfidential(message: Message<unknown>): boolean {
  return message.serviceId === SID_AUTH_REQUEST || message.serviceId === SID_AUTH_RESPONSE;
}

function levelOf(status: number): number {
  return STATUS_LOG_LVL[status] ?? LOG_LEVEL.warning;
}
