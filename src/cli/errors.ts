/** What the command line throws itself, and what any error says to people and to programs. */

import { REASONS, type Reason, textOfReason } from '../protocol/reasons.js';

/** Base of the errors that only the command line throws: `code` says which kind. */
export abstract class CommandError extends Error {
  abstract readonly code: string;
}

/** An argument, an option or the environment is wrong. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError';
  readonly code = 'ERR_USAGE';
}

/** A file can be read, but it is not what is expected: nothing of it was used. */
export class InputError extends CommandError {
  override readonly name = 'InputError';
  readonly code = 'ERR_INPUT';
}

/** A part of a file could not be read; everything else has been used. */
export class IncompleteInputError extends CommandError {
  override readonly name = 'IncompleteInputError';
  readonly code = 'ERR_INPUT_INCOMPLETE';
}

/** There was no connection before `--timeout` ran out. */
export class ConnectTimeoutError extends CommandError {
  override readonly name = 'ConnectTimeoutError';
  readonly code = 'ERR_TIMEOUT';
  readonly reason = 'not-connected';
}

/** A peer did not answer the heartbeat in time. */
export class NoAnswerError extends CommandError {
  override readonly name = 'NoAnswerError';
  readonly code = 'ERR_TIMEOUT';
  readonly reason = 'no-answer';
}

/** A command that was interrupted could not finish what it had begun. */
export class CutShortError extends CommandError {
  override readonly name = 'CutShortError';
  readonly code = 'ERR_CUT_SHORT';
}

/** The peer answered a replayed request otherwise than the recording says. */
export class AnswersDifferError extends CommandError {
  override readonly name = 'AnswersDifferError';
  readonly code = 'ERR_ANSWERS_DIFFER';
}

/** The peer does something else than the protocol says. */
export class RulesDifferError extends CommandError {
  override readonly name = 'RulesDifferError';
  readonly code = 'ERR_RULES_DIFFER';
}

/** No rule of the protocol could be judged, so nothing is known about the peer. */
export class NothingJudgedError extends CommandError {
  override readonly name = 'NothingJudgedError';
  readonly code = 'ERR_NOTHING_JUDGED';
}

/** Something failed that the person has been told of already; `cause` is what, and decides about the exit code. */
export class ToldError extends CommandError {
  override readonly name = 'ToldError';
  readonly code = 'ERR_TOLD';
  /** Where it has been told. */
  readonly where: 'errors' | 'output';

  /**
   * @param cause what failed
   * @param where standard error has it; or only the output has, among its lines
   */
  constructor(cause: unknown, where: 'errors' | 'output' = 'errors') {
    super(messageOf(cause), { cause });
    this.where = where;
  }
}

/** The text of whatever was thrown, without its stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A text without the line that was typed and the mark below it: they need a line of their own. */
function textWithoutCaret(text: string): string {
  return text.replace(/\n[^\n]*\n *\^\s*$/, '');
}

/** A text without line breaks. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

/**
 * An error for programs: its text, its `code` (what kind) and its `reason` (why) as far as it has them.
 *
 * @param thrown whatever was thrown
 */
export function errorFields(thrown: unknown): Readonly<Record<string, unknown>> {
  const { code, reason } = Object(thrown) as { code?: unknown; reason?: unknown };
  return {
    error: oneLine(textWithoutCaret(messageOf(thrown))),
    ...(typeof code === 'string' ? { code } : {}),
    ...(isReason(reason) ? { reason } : {}),
  };
}

/** Why something happened: the text as `detail`, and the code as `reason`. */
export function reasonFields<R extends Reason>(reason: R): { readonly detail: string; readonly reason: R } {
  return { detail: textOfReason(reason), reason };
}

function isReason(reason: unknown): reason is keyof typeof REASONS {
  return typeof reason === 'string' && Object.hasOwn(REASONS, reason);
}
