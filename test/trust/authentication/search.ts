/**
 * Every sequence of inputs up to a length, on the real session: where it is after each is what the table says, and so
 * no sequence leads into a state that the role does not have.
 */

import { AUTHENTICATION_INPUTS, type AuthenticationInput } from '../../support/authentication-inputs.js';
import { cellAt, STATES, type StateName, type TableRole } from './cells.js';
import { bringInto, give } from './inputs.js';
import { TablePuppet } from './puppet.js';
import { stateOf } from './run-cell.js';

/** Besides what the peer does: the user of a client, and the time. */
type Move = AuthenticationInput | 'authenticate()' | 'time';

const MOVES: Readonly<Record<TableRole, readonly Move[]>> = {
  server: [...AUTHENTICATION_INPUTS, 'time'],
  client: [...AUTHENTICATION_INPUTS, 'authenticate()', 'time'],
};
/** A seed has run out by then, and an authentication has failed. */
const LONG_MS = 10_000;
const WRONG_KEYS_TO_CLOSE = 3;

export interface Search {
  readonly sequences: number;
  readonly states: ReadonlySet<StateName>;
  /** The cells, by state and input, that were run. */
  readonly cells: ReadonlySet<string>;
  readonly differences: readonly string[];
}

/** Runs every sequence of a length from every state that the table gives the role. */
export function searchAll(role: TableRole, length: number): Search {
  const search = new Searcher(role);
  for (const state of STATES) {
    if (cellAt(role, state, 'disconnect').reaction === null) continue;
    for (const moves of sequencesOf(MOVES[role], length)) search.run(state, moves);
  }
  return search;
}

class Searcher implements Search {
  sequences = 0;
  readonly states = new Set<StateName>();
  readonly cells = new Set<string>();
  readonly differences: string[] = [];
  readonly #role: TableRole;
  readonly #puppet: TablePuppet;

  constructor(role: TableRole) {
    this.#role = role;
    this.#puppet = new TablePuppet(role);
  }

  run(from: StateName, moves: readonly Move[]): void {
    this.sequences++;
    const model = new Model(this.#role, from);
    bringInto(this.#puppet, from);
    this.#puppet.heard.length = 0;
    for (const [at, move] of moves.entries()) {
      this.cells.add(`${model.state} ${move}`);
      model.make(move);
      makeMove(this.#puppet, move);
      const state = stateOf(this.#puppet);
      this.states.add(state);
      if (state === model.state) continue;
      const way = [from, ...moves.slice(0, at + 1)].join(', ');
      this.differences.push(`a ${this.#role} in ${way}: expected ${model.state}, got ${state}`);
      return;
    }
  }
}

function* sequencesOf(moves: readonly Move[], length: number): Generator<Move[]> {
  if (length === 0) return yield [];
  for (const first of moves) for (const rest of sequencesOf(moves, length - 1)) yield [first, ...rest];
}

function makeMove(puppet: TablePuppet, move: Move): void {
  if (!puppet.comm.isConnected()) puppet.connect();
  if (move === 'time') return puppet.clock.advance(LONG_MS);
  if (move === 'authenticate()') puppet.authenticate();
  else give(puppet, move);
  puppet.clock.advance(0);
}

/** Where a session is by the table alone. */
class Model {
  state: StateName;
  readonly #role: TableRole;
  #wrongKeys = 0;

  constructor(role: TableRole, state: StateName) {
    this.#role = role;
    this.state = state;
  }

  make(move: Move): void {
    if (move === 'time') this.state = this.state === 'Trusted' ? 'Trusted' : 'Untrusted';
    else if (move === 'authenticate()')
      this.state = this.state === 'Untrusted' ? 'Seed requested' : this.state;
    else this.#react(move);
  }

  #react(input: AuthenticationInput): void {
    const { reaction } = cellAt(this.#role, this.state, input);
    if (reaction === null) throw new Error(`expected no ${this.#role} in ${this.state}, got one`);
    if (reaction.answer === 'false at 100 ms') this.#wrongKeys++;
    const isClosed = input === 'disconnect' || this.#wrongKeys === WRONG_KEYS_TO_CLOSE;
    if (isClosed) this.#wrongKeys = 0;
    this.state = isClosed ? 'Untrusted' : reaction.stateThen;
  }
}
