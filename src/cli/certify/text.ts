/** A run for people: a line for each rule as it is judged, and what it all comes to. */

import type { Message } from '../../protocol/message.js';
import type { Io } from '../io.js';
import { jsonText, shownData } from '../output.js';
import { paint, type Style } from '../paint.js';
import type { LinkRecord, RecordEvent } from './record.js';
import type { Rule, Subject, VerdictKind } from './rule.js';
import type { Result } from './run.js';
import type { Survey } from './survey.js';

const STYLES: Readonly<Record<VerdictKind, Style>> = {
  differs: 'trouble',
  holds: 'event',
  observed: 'sent',
  'not judged': 'quiet',
};

/** What was not judged has no line of its own. */
const VERDICT_WIDTH = 'observed'.length;

/** What is known about the peer, on one line. */
export function textOfSurvey({ subject, answerMs }: Survey): string {
  const { codec, silence, peerName, dataId } = subject;
  if (silence !== null) return `${codec.name}; ${silence}`;
  return [
    codec.name,
    ...(peerName === null ? [] : [`calls itself ${jsonText(peerName)}`]),
    textOfSecret(subject),
    ...(dataId === null ? [] : [`READ ${dataId} is answered`]),
    `answers within ${Math.ceil(answerMs ?? 0)} ms`,
  ].join('; ');
}

/** Whether the peer has a secret, as far as the first look shows it. */
function textOfSecret({ role, isGuarded, hasSecret }: Subject): string {
  if (role === 'client') return `asks for ${isGuarded ? 'a' : 'no'} seed`;
  return isGuarded ? `has a secret${hasSecret ? ', as we have' : ''}` : 'has no secret';
}

/** A rule and its verdict, on one line or two. */
export function textOfResult({ rule, verdict }: Result, io: Pick<Io, 'colours'>): string {
  const head = paint(io, STYLES[verdict.kind], verdict.kind.padEnd(VERDICT_WIDTH));
  const line = `  ${head}  ${rule.title} ${paint(io, 'quiet', `(${rule.id})`)}`;
  if (verdict.text === '') return line;
  return `${line}\n${' '.repeat(VERDICT_WIDTH + 4)}${verdict.text}`;
}

/** How many rules got which verdict. */
export function countsOf(results: readonly Result[]): Readonly<Record<VerdictKind, number>> {
  const counts: Record<VerdictKind, number> = { differs: 0, holds: 0, observed: 0, 'not judged': 0 };
  for (const { verdict } of results) counts[verdict.kind]++;
  return counts;
}

/** What it all comes to: `43 rules: 1 differs, 30 hold, 2 are observed, 10 are not judged`. */
export function textOfCounts(results: readonly Result[]): string {
  const { differs, holds, observed, 'not judged': open } = countsOf(results);
  const parts = [
    ...(differs === 0 ? [] : [`${differs} ${differs === 1 ? 'differs' : 'differ'}`]),
    `${holds} ${holds === 1 ? 'holds' : 'hold'}`,
    ...(observed === 0 ? [] : [`${observed} ${observed === 1 ? 'is' : 'are'} observed`]),
    ...(open === 0 ? [] : [`${open} ${open === 1 ? 'is' : 'are'} not judged`]),
  ];
  return `${results.length} ${results.length === 1 ? 'rule' : 'rules'}: ${parts.join(', ')}`;
}

/** What was not judged, after each other by the reason. */
export function textOfLacks(results: readonly Result[], io: Pick<Io, 'colours'>): readonly string[] {
  const lacks = new Map<string, string[]>();
  for (const { rule, verdict } of results)
    if (verdict.kind === 'not judged') lacks.set(verdict.text, [...(lacks.get(verdict.text) ?? []), rule.id]);
  return [...lacks].flatMap(([why, ids]) => [
    `  ${why}`,
    ...lined(ids.length > MAX_LISTED ? [`${ids.length} rules`] : ids).map(
      (line) => `    ${paint(io, 'quiet', line)}`,
    ),
  ]);
}

/** Of more rules than that, the reason tells enough. */
const MAX_LISTED = 20;

/** A terminal has 80 columns. */
const MAX_LINE_LENGTH = 75;

/** Words in lines, with commas in between. */
function lined(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const [index, word] of words.entries()) {
    const text = index === words.length - 1 ? word : `${word},`;
    const last = lines.at(-1);
    if (last === undefined || last.length + text.length + 1 > MAX_LINE_LENGTH) lines.push(text);
    else lines[lines.length - 1] = `${last} ${text}`;
  }
  return lines;
}

/** A rule of the list: its id, its title, its section. */
export function textOfRule({ id, title, section, isOpen }: Rule): string {
  return `${id.padEnd(40)} ${title} (protocol.md ${section}${isOpen === true ? ', open' : ''})`;
}

/** What happened, for people who want to see it all; seeds and keys are masked. */
export function textOfRecord(record: LinkRecord): readonly string[] {
  return record.map((event) => `      ${textOfEvent(event)}`);
}

function textOfEvent(event: RecordEvent): string {
  switch (event.kind) {
    case 'sent':
      return `> ${event.label}`;
    case 'message':
      return `< ${textOfMessage(event.message)}`;
    case 'undecodable':
      return `< a frame that is no message: ${event.reason}`;
    case 'bad frame':
      return `< ${event.byteLength} bytes: ${event.reason}`;
    case 'gone':
      return event.how === 'reset' ? '< the connection was reset' : '< the peer hung up';
    case 'unreachable':
      return `  ${event.why}`;
    default:
      return `  ${event.kind}`;
  }
}

/** Data is shown as far as it fits. */
const MAX_DATA_LENGTH = 80;

function textOfMessage(message: Message): string {
  const data = jsonText(shownData(message));
  const shown = data.length > MAX_DATA_LENGTH ? `${data.slice(0, MAX_DATA_LENGTH)}…` : data;
  return `(${message.serviceId}, ${message.dataId}) status ${message.status}, data ${shown}`;
}
