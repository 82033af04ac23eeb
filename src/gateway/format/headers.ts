/** Headers of messages on a bus; those of failures and of time are in failures.ts. */

/** The status of an answer; an answer without it is a failure. */
export const STATUS_HEADER = 'Sp-Status';
/** The id of the gateway that answers, or whose device asks. */
export const GATEWAY_HEADER = 'Sp-Gateway';
/** Where the device that asks has connected from; `host:port` for TCP. */
export const ADDRESS_HEADER = 'Sp-Address';
/** Of a request: a subject on which its gateway says that it has it, should it take long. */
export const PROGRESS_HEADER = 'Sp-Progress';
