/** What a session tells of itself: to a logger, in the words of the original, and to an onlooker. Nothing is built for nobody. */

import { SID_AUTH_REQUEST, SID_AUTH_RESPONSE, STATUS_LOG_LVL } from '../../protocol/ids.js';
import type { Message } from '../../protocol/message.js';
import type { Role } from '../../protocol/role.js';
import type { Vocabulary } from '../../protocol/vocabulary.js';
import type { SessionSettings } from '../options.js';
import type { DropReason } from './counters.js';
import { maskedCopy } from './hex-mask.js';
import { LogLimiter } from './log-limiter.js';
import {
  cleanName,
  hexDump,
  LOG_LEVEL,
  type Logger,
  levelName,
  type NamedLog,
  namedLog,
  pythonRepr,
} from './logging.js';
import type { Observation, Observe, ObservedMessage, ObservedSession } from './observation.js';

const MASK = '***';

/** The session that logs. */
interface LoggedSession extends ObservedSession {
  readonly isTrusted: boolean;
}

/** The two loggers of a session: `socket_protocol.NAME` for messages, `tcp_socket.NAME` for their bytes. */
export class MessageLog {
  readonly isOn: boolean;
  readonly #logger: Logger | undefined;
  readonly #role: Role;
  readonly #vocabulary: Vocabulary;
  readonly #dropLimiter: LogLimiter | null;
  readonly #strangerLimiter: LogLimiter | null;
  readonly #session: LoggedSession;
  #observe: Observe | undefined;
  #protocolLog: NamedLog | undefined;
  #socketLog: NamedLog | undefined;

  constructor(settings: SessionSettings, session: LoggedSession, vocabulary: Vocabulary) {
    const { logger, observe, clock, maxDropLogLines, maxUntrustedLogMessages, channelName } = settings;
    this.isOn = logger !== undefined || observe !== undefined;
    this.#logger = logger;
    this.#observe = observe;
    this.#session = session;
    this.#dropLimiter = logger === undefined ? null : new LogLimiter(clock, maxDropLogLines);
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
    this.#protocolLog = namedLog(this.#logger, `socket_protocol${suffix}`);
    this.#socketLog = namedLog(this.#logger, `tcp_socket${suffix}`);
  }

  sent(message: Message<unknown>, payload: Uint8Array): void {
    if (!this.isOn) return;
    this.#passed('sent', message, payload);
    this.#logPassed('TX ->', message, payload);
  }

  received(message: Message, payload: Uint8Array): void {
    if (!this.isOn) return;
    this.#passed('received', message, payload);
    this.#logPassed('RX <-', message, payload);
  }

  /** Two lines about a message; so many messages a second of a stranger, for he decides how many there are. */
  #logPassed(arrow: 'TX ->' | 'RX <-', message: Message<unknown>, payload: Uint8Array): void {
    if (this.#strangerLimiter === null) return;
    const leftOut = this.#session.isTrusted ? 0 : this.#strangerLimiter.admit();
    if (leftOut === null) return;
    const more = leftOut === 0 ? '' : ` (${leftOut} messages before trust were left out before it)`;
    this.#socketLog?.(LOG_LEVEL.debug, `comm-${this.#role}: ${arrow} ${this.#dump(message, payload)}`);
    this.#protocolLog?.(
      levelOf(message.status),
      `prot-${this.#role}: ${arrow} ${this.describe(message)}${more}`,
    );
  }

  /** A line about the protocol; `text` holds nothing that a peer could have written unquoted. */
  protocol(level: number, text: string): void {
    if (this.#observe !== undefined) this.#tell({ type: 'note', level: levelName(level), text });
    this.#protocolLog?.(level, `prot-${this.#role}: ${text}`);
  }

  /** How many lines were left out: one for a drop, two for a message before trust. */
  get suppressedLines(): number {
    return (this.#dropLimiter?.suppressed ?? 0) + 2 * (this.#strangerLimiter?.suppressed ?? 0);
  }

  /** A line about something that was dropped; so many a second, for a peer decides how many there are. */
  dropped(reason: DropReason, detail: string, payload: Uint8Array | null): void {
    if (this.#observe !== undefined) {
      this.#tell({ type: 'dropped', reason, detail, payload: payload === null ? null : maskedCopy(payload) });
    }
    if (this.#dropLimiter === null) return;
    const leftOut = this.#dropLimiter.admit();
    if (leftOut === null) return;
    const more = leftOut === 0 ? '' : ` (${leftOut} such lines were left out before it)`;
    this.#protocolLog?.(LOG_LEVEL.warning, `prot-${this.#role}: dropped (${reason}): ${detail}${more}`);
  }

  /** A line about the bytes under it. */
  socket(level: number, text: string): void {
    if (this.#observe !== undefined) this.#tell({ type: 'note', level: levelName(level), text });
    this.#socketLog?.(level, `comm-${this.#role}: ${text}`);
  }

  /** A message as the original logs it; what belongs to an authentication is masked. */
  describe(message: Message<unknown>): string {
    return describeMessage(this.#vocabulary, message);
  }

  #passed(direction: 'sent' | 'received', message: Message<unknown>, payload: Uint8Array): void {
    if (this.#observe === undefined) return;
    const { serviceId, dataId, status, data } = message;
    this.#tell({
      type: 'message',
      direction,
      serviceId,
      dataId,
      status,
      names: namesOf(this.#vocabulary, message),
      data: isMasked(message) ? MASK : data,
      payload: isConfidential(message) ? null : Uint8Array.from(payload),
    });
  }

  /** An onlooker that throws must not take the connection with it: it is told no more. */
  #tell(observation: Observation): void {
    try {
      this.#observe?.(observation, this.#session);
    } catch (error) {
      this.#observe = undefined;
      process.emitWarning(
        `the observer threw and is told no more: ${error instanceof Error ? error.message : 'no Error'}`,
        'SocketProtocolWarning',
      );
    }
  }

  #dump(message: Message<unknown>, payload: Uint8Array): string {
    return isConfidential(message) ? `(${payload.length}): ${MASK}` : hexDump(payload);
  }
}

/** A message as the original logs it; what belongs to an authentication is masked. */
export function describeMessage(vocabulary: Vocabulary, message: Message<unknown>): string {
  const { service, data, status } = namesOf(vocabulary, message);
  const shown = isMasked(message) ? MASK : pythonRepr(message.data);
  return `service: ${service}, data_id: ${data}, status: ${status}, data: "${shown}"`;
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

/** Whether the data of a message is shown to nobody. */
export function isMasked(message: Message<unknown>): boolean {
  return isConfidential(message) && typeof message.data !== 'boolean' && message.data !== null;
}

/** Seeds and keys travel in these, and a peer may put them under any data id. */
export function isConfidential(message: Message<unknown>): boolean {
  return message.serviceId === SID_AUTH_REQUEST || message.serviceId === SID_AUTH_RESPONSE;
}

function levelOf(status: number): number {
  return STATUS_LOG_LVL[status] ?? LOG_LEVEL.warning;
}
