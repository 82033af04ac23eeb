/** The text of a statechart in lines: what stands in the box of a state, and what stands at an arrow. */

import type { ChartState, ChartTransition } from './chart.js';

/** A line of text, and how it looks. */
export interface Line {
  readonly text: string;
  readonly look: 'name' | 'description' | 'event' | 'guard' | 'action';
  /** The transitions that it is about: several only in a simple picture. */
  readonly transitions?: readonly string[];
}

/** Width of a character of the monospaced face at 12 px; each line is drawn at exactly this width. */
export const CHARACTER_WIDTH = 7.25;
export const LINE_HEIGHT = 16;
/** Between the border of a box and its lines, and between its columns. */
export const PADDING = 12;
/** The most characters of a line; those at arrows stand side by side. */
const DESCRIPTION_LENGTH = 44;
const BOX_LINE_LENGTH = 52;
export const ARROW_LINE_LENGTH = 34;

/** Lines that stand under each other. */
export interface Column {
  readonly lines: readonly Line[];
  readonly width: number;
}

/** The transitions from one state to another: one arrow for all of them. */
export interface Arrow {
  readonly source: string;
  readonly target: string;
  readonly transitions: readonly ChartTransition[];
}

/**
 * The lines in the box of a state, side by side where there are many: what holds in every state of a machine would
 * otherwise take half of its picture.
 *
 * @param maxLines how long a column may be
 */
export function boxColumns(state: ChartState, maxLines: number): Column[] {
  const columns: Line[][] = [[]];
  const lines = boxLines(state);
  const mayBeWide = state.states.length > 0;
  for (const [index, line] of lines.entries()) {
    const last = columns.at(-1) as Line[];
    const beginsBlock = line.look === 'event' && lines[index - 1]?.look !== 'event';
    const end = lines.findIndex(
      ({ look }, later) => later > index && look === 'event' && lines[later - 1]?.look !== 'event',
    );
    const blockLength = (end === -1 ? lines.length : end) - index;
    const isFull = last.length + blockLength > maxLines;
    if (mayBeWide && beginsBlock && isFull && last.length > 0) columns.push([line]);
    else last.push(line);
  }
  return columns.map((column) => ({ lines: column, width: widthOf(column) }));
}

function boxLines(state: ChartState): Line[] {
  const lines: Line[] = [{ text: state.name, look: 'name' }];
  if (state.description !== null)
    lines.push(...wrapped({ text: state.description, look: 'description' }, DESCRIPTION_LENGTH));
  for (const action of state.entry) lines.push({ text: `entry / ${action}`, look: 'action' });
  for (const action of state.exit) lines.push({ text: `exit / ${action}`, look: 'action' });
  for (const block of blocksOf(state.transitions.filter((each) => !isArrow(state, each)))) {
    const { actions } = block[0];
    lines.push(...eventLines(block), ...guardLines(block, '  '));
    for (const action of actions) lines.push({ text: `  / ${action}`, look: 'action' });
  }
  return lines.flatMap((line) => wrapped(line, BOX_LINE_LENGTH));
}

/** The arrows that leave a state. */
export function arrowsFrom(state: ChartState): Arrow[] {
  const byTarget = new Map<string, ChartTransition[]>();
  for (const transition of state.transitions) {
    if (!isArrow(state, transition)) continue;
    const before = byTarget.get(transition.target) ?? [];
    byTarget.set(transition.target, [...before, transition]);
  }
  return [...byTarget].map(([target, transitions]) => ({ source: state.path, target, transitions }));
}

/**
 * The lines at an arrow.
 *
 * @param maxLength the most characters of a line, unless a word has more; events may be broken behind their dots
 */
export function arrowLines({ transitions }: Arrow, maxLength: number): Line[] {
  const lines = blocksOf(transitions).flatMap((block): Line[] => {
    const { actions } = block[0];
    return [
      ...eventLines(block),
      ...guardLines(block, ''),
      ...actions.map((action) => ({ text: `/ ${action}`, look: 'action' }) as const),
    ];
  });
  return lines.flatMap((line) => wrapped(line, maxLength));
}

/** Transitions that follow each other and do the same: what they do is said once. */
type Block = [ChartTransition, ...ChartTransition[]];

function blocksOf(transitions: readonly ChartTransition[]): Block[] {
  const blocks: Block[] = [];
  for (const transition of transitions) {
    const last = blocks.at(-1);
    if (last !== undefined && effectOf(last[0]) === effectOf(transition)) last.push(transition);
    else blocks.push([transition]);
  }
  return blocks;
}

function effectOf({ guard, turn, target, actions }: ChartTransition): string {
  return JSON.stringify([guard, turn, target, actions]);
}

/** An event that several transitions of the block wait for is said once. */
function eventLines(block: Block): Line[] {
  const keys = new Map<string, string[]>();
  for (const { trigger, key } of block) keys.set(trigger, [...(keys.get(trigger) ?? []), key]);
  return [...keys].map(([text, transitions]) => ({ text, look: 'event', transitions }));
}

/** The guard; of several that are asked one after the other, with its turn. */
function guardLines([{ guard, turn }]: Block, indent: string): Line[] {
  if (guard === null && turn === null) return [];
  const text = turn === null ? `[${guard}]` : `${turn}. [${guard ?? 'else'}]`;
  return [{ text: `${indent}${text}`, look: 'guard' }];
}

/** How wide lines are, in pixels. */
export function widthOf(lines: readonly Line[]): number {
  return Math.ceil(Math.max(0, ...lines.map(({ text }) => [...text].length)) * CHARACTER_WIDTH);
}

/** Whether a transition is an arrow; what keeps the state, and all that is inside it, stands in its box. */
export function isArrow<T extends ChartTransition>(
  { path, states }: ChartState,
  transition: T,
): transition is T & { readonly target: string } {
  return transition.target !== null && (transition.target !== path || states.length === 0);
}

/** A line in as many as it needs; those of a guard or an action go on further to the right. */
function wrapped({ text, look, ...rest }: Line, maxLength: number): Line[] {
  const indent = text.slice(0, text.search(/\S/));
  const further = look === 'description' ? indent : `${indent}  `;
  const lines: string[] = [];
  for (const word of text.trim().split(' ')) {
    // an event may be broken behind its dots
    const parts = look === 'event' ? word.split(/(?<=[a-z]\.)(?=[a-z])/) : [word];
    for (const [place, part] of parts.entries()) {
      const last = lines.at(-1);
      const gap = place === 0 ? ' ' : '';
      if (last === undefined) lines.push(indent + part);
      else if (last.length + gap.length + part.length > maxLength) lines.push(further + part);
      else lines[lines.length - 1] = `${last}${gap}${part}`;
    }
  }
  return lines.map((line, index) => (index === 0 ? { text: line, look, ...rest } : { text: line, look }));
}
