/** The cells of the authentication table, read from its text: whatever the text does not say in full throws. */

import { AUTHENTICATION_INPUTS, type AuthenticationInput } from '../../support/authentication-inputs.js';
import { TABLE } from './table.js';

export type TableRole = 'server' | 'client';

/** In the order of their numbers in the protocol. */
export const STATES = ['Untrusted', 'Seed requested', 'Seed sent', 'Key sent', 'Trusted'] as const;
export type StateName = (typeof STATES)[number];

/** A row of the table after its input. */
export interface Reaction {
  readonly stateThen: StateName;
  readonly answer: string;
  readonly callback: string;
  readonly counted: string;
  readonly link: string;
  readonly authenticate: string;
  readonly request: string;
}

export interface Cell {
  readonly role: TableRole;
  readonly state: StateName;
  readonly input: AuthenticationInput;
  /** Null: the role is never in this state. */
  readonly reaction: Reaction | null;
}

/** A cell that a role can be in. */
export type ReachableCell = Cell & { readonly reaction: Reaction };

const HEADING = /^A (server|client) in (.+)$/;
const COLUMNS = 8;

/** All cells, in the order of the text. */
export const CELLS: readonly Cell[] = TABLE.trim().split('\n\n').flatMap(cellsOfBlock);

export const REACHABLE_CELLS: readonly ReachableCell[] = CELLS.filter(isReachable);

const BY_PLACE = new Map(CELLS.map((cell) => [nameOf(cell.role, cell.state, cell.input), cell]));

/** The cell at a place of the table. */
export function cellAt(role: TableRole, state: StateName, input: AuthenticationInput): Cell {
  const cell = BY_PLACE.get(nameOf(role, state, input));
  if (cell === undefined) throw new Error(`expected a cell for ${nameOf(role, state, input)}, got none`);
  return cell;
}

/** What a cell is called in the output. */
export function nameOf(role: TableRole, state: StateName, input: AuthenticationInput): string {
  return `a ${role} in ${state}, ${input}`;
}

export function isReachable(cell: Cell): cell is ReachableCell {
  return cell.reaction !== null;
}

/** A reaction as the table writes it. */
export function rowOf(reaction: Reaction): string {
  const { stateThen, answer, callback, counted, link, authenticate, request } = reaction;
  return [stateThen, answer, callback, counted, link, authenticate, request].join(' | ');
}

function cellsOfBlock(block: string): Cell[] {
  const [heading = '', ...lines] = block.split('\n');
  const [, role, state] = HEADING.exec(heading) ?? [];
  if (role === undefined || state === undefined) throw new Error(`expected a heading, got ${heading}`);
  const place = { role: role as TableRole, state: oneOf(STATES, state) };
  if (/^every input +unreachable$/.test(lines.join())) {
    return AUTHENTICATION_INPUTS.map((input) => ({ ...place, input, reaction: null }));
  }
  return lines.slice(1).map((line) => ({ ...place, ...inputAndReaction(line) }));
}

function inputAndReaction(line: string): { input: AuthenticationInput; reaction: Reaction } {
  const words = line.split(/ {2,}/);
  if (words.length !== COLUMNS) throw new Error(`expected ${COLUMNS} columns, got ${line}`);
  const [input = '', stateThen = '', answer = '', callback = '', counted = ''] = words;
  const [link = '', authenticate = '', request = ''] = words.slice(5);
  return {
    input: oneOf(AUTHENTICATION_INPUTS, input),
    reaction: { stateThen: oneOf(STATES, stateThen), answer, callback, counted, link, authenticate, request },
  };
}

function oneOf<T extends string>(names: readonly T[], name: string): T {
  const found = names.find((each) => each === name);
  if (found === undefined) throw new Error(`expected one of ${names.join(', ')}, got ${name}`);
  return found;
}
