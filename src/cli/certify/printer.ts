/** Prints a run as it goes: for people, or as lines of JSON for programs. */

import { roundedMs } from '../durations.js';
import type { Io } from '../io.js';
import { type Fields, jsonLine } from '../output.js';
import { paint } from '../paint.js';
import { ProgressMeter } from '../progress.js';
import { groupOf } from './junit.js';
import type { LinkRecord } from './record.js';
import type { Outcome, Result } from './run.js';
import type { Survey } from './survey.js';
import { countsOf, textOfCounts, textOfLacks, textOfRecord, textOfResult, textOfSurvey } from './text.js';

/** How to print. */
export interface PrinterOptions {
  readonly json?: true;
  /** Prints what was sent and received as well. */
  readonly verbose?: true;
}

/** Prints a run as it goes. */
export class Printer {
  readonly #options: PrinterOptions;
  readonly #io: Io;
  readonly #progress: ProgressMeter;
  #group: string | null = null;

  constructor(count: number, options: PrinterOptions, io: Io) {
    this.#options = options;
    this.#io = io;
    this.#progress = new ProgressMeter(io, count);
  }

  surveyed(peer: string, survey: Survey): void {
    const { subject, answerMs } = survey;
    const { codec, peerName, isGuarded, dataId, silence } = subject;
    const fields = {
      event: 'peer',
      peer,
      codec: codec.name,
      channelName: peerName,
      isGuarded,
      dataId,
      answerMs: answerMs === null ? null : roundedMs(answerMs),
      silence,
    };
    this.#print(fields, `${peer}: ${textOfSurvey(survey)}`);
  }

  judged(result: Result, record: LinkRecord): void {
    this.#progress.step();
    const { rule, verdict, ms } = result;
    const { id, title, section } = rule;
    const { kind, text } = verdict;
    if (this.#options.json === true) {
      const fields = { event: 'rule', rule: id, title, section, verdict: kind, text, ms: Math.round(ms) };
      this.#io.stdout(jsonLine(fields));
    } else if (kind !== 'not judged') {
      const group = 'steps' in rule ? groupOf(rule) : 'all that was sent';
      if (group !== this.#group) this.#io.stdout(`\n${group}\n`);
      this.#group = group;
      this.#io.stdout(`${textOfResult(result, this.#io)}\n`);
    }
    if (this.#options.verbose !== true) return;
    for (const line of textOfRecord(record)) this.#io.stderr(`${line}\n`);
  }

  end({ survey, results, totals }: Outcome): void {
    this.#progress.end();
    const { requests } = totals;
    // a client asks, and we answer
    const asked =
      requests === 0 || survey.subject.role === 'client'
        ? []
        : [`The peer sent ${requests} requests, which nobody answered.`];
    const lacks = textOfLacks(results, this.#io);
    const open = lacks.length === 0 ? [] : ['', 'not judged', ...lacks];
    const style = countsOf(results).differs > 0 ? 'trouble' : 'event';
    const text = [...open, '', ...asked, paint(this.#io, style, textOfCounts(results))];
    this.#print({ event: 'summary', ...countsOf(results), requestsOfPeer: requests }, text.join('\n'));
  }

  stop(): void {
    this.#progress.end();
  }

  #print(fields: Fields, text: string): void {
    this.#io.stdout(this.#options.json === true ? jsonLine(fields) : `${text}\n`);
  }
}
