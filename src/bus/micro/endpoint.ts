/** One kind of requests to a service, and its counters. */

import { OptionError } from '../../protocol/errors.js';
import { checkPattern } from '../checks.js';
import { checkedMetadata, checkedName } from './words.js';

/** One thing that a service can be asked: a kind of request, never one of very many. */
export interface EndpointDescription {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** Where its requests come, wildcards included. */
  readonly subject: string;
  /** The queue group that shares its requests; none where each service gets all. */
  readonly queueGroup?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** An endpoint in the answer to INFO. */
export interface EndpointInfo {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An endpoint in the answer to STATS. */
export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  readonly queue_group: string;
  readonly num_requests: number;
  readonly num_errors: number;
  /** Empty where there was none. */
  readonly last_error: string;
  /** All together, in nanoseconds. */
  readonly processing_time: number;
  /** In nanoseconds, without a fraction; 0 before the first request. */
  readonly average_processing_time: number;
}

/** A longer text of an error is cut. */
const MAX_ERROR_LENGTH = 300;

/** Counts the requests of an endpoint. */
export class MicroEndpoint {
  readonly #info: EndpointInfo;
  #requests = 0;
  #errors = 0;
  #lastError = '';
  #processingNs = 0;

  /** @throws OptionError for what is no name, subject, queue or metadata */
  constructor({ name, subject, queueGroup, metadata }: EndpointDescription) {
    const checked = checkedName('endpoints.name', name);
    try {
      checkPattern(subject, queueGroup);
    } catch (error) {
      throw new OptionError('endpoints.subject', 'a subject, and a queue', (error as Error).message);
    }
    this.#info = {
      name: checked,
      subject,
      queue_group: queueGroup ?? '',
      metadata: checkedMetadata('endpoints.metadata', metadata),
    };
  }

  /**
   * A request is over.
   *
   * @param processingNs how long it took, in nanoseconds
   * @param error what went wrong, in a few words; nothing where it went well
   */
  done(processingNs: number, error: string | null = null): void {
    this.#requests++;
    // a clock that stands still or goes backwards takes no time
    if (processingNs > 0) this.#processingNs += processingNs;
    if (error === null) return;
    this.#errors++;
    this.#lastError = error.length > MAX_ERROR_LENGTH ? `${error.slice(0, MAX_ERROR_LENGTH)}…` : error;
  }

  info(): EndpointInfo {
    return this.#info;
  }

  stats(): EndpointStats {
    const { name, subject, queue_group } = this.#info;
    // beyond this a double has no single nanoseconds, and other programs read 64 bits
    const processingNs = Math.min(Math.round(this.#processingNs), Number.MAX_SAFE_INTEGER);
    return {
      name,
      subject,
      queue_group,
      num_requests: this.#requests,
      num_errors: this.#errors,
      last_error: this.#lastError,
      processing_time: processingNs,
      average_processing_time: this.#requests === 0 ? 0 : Math.floor(processingNs / this.#requests),
    };
  }
}
