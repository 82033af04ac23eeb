/**
 * A process of its own for what is measured, so that the memory and the event loop of the measuring side do not count.
 *
 * A child answers questions, one at a time; it ends with its parent, and `await using` ends it in any case.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a child can be asked: for each question what it is told with it, and what it answers. */
export type Questions = Record<string, { readonly told: unknown; readonly answer: unknown }>;

interface Envelope {
  readonly question: string;
  readonly told: unknown;
}

interface Reply {
  readonly answer?: unknown;
  readonly failure?: string;
}

/** The parent's end. */
export class MeasuredProcess<Q extends Questions> implements AsyncDisposable {
  readonly #child: ChildProcess;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param entry the module that calls {@link answerQuestions}, beside this one */
  constructor(entry: `./${string}.js`) {
    this.#child = fork(fileURLToPath(new URL(entry, import.meta.url)), {
      // so that infinity can be told
      serialization: 'advanced',
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    });
  }

  /** Asks; rejects with what the child threw, or when it is gone. */
  ask<K extends keyof Q & string>(question: K, told: Q[K]['told']): Promise<Q[K]['answer']> {
    const answer = this.#turn.then(() => this.#exchange({ question, told }));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Stops it, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  async #exchange(envelope: Envelope): Promise<unknown> {
    const ending = new AbortController();
    const { signal } = ending;
    if (!this.#child.connected) throw this.#ended(envelope.question);
    const gone = once(this.#child, 'exit', { signal }).then(() => {
      throw this.#ended(envelope.question);
    });
    const reply = once(this.#child, 'message', { signal });
    try {
      this.#child.send(envelope);
      const [{ answer, failure }] = (await Promise.race([reply, gone])) as [Reply];
      if (failure !== undefined) throw new Error(`"${envelope.question}" failed: ${failure}`);
      return answer;
    } finally {
      ending.abort();
      await Promise.allSettled([reply, gone]);
    }
  }

  #ended(question: string): Error {
    const { exitCode, signalCode } = this.#child;
    return new Error(
      `expected an answer to "${question}", the process has ended (${exitCode ?? signalCode})`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** For each question, how it is answered. */
export type Answerers<Q extends Questions> = {
  readonly [K in keyof Q]: (told: Q[K]['told']) => Q[K]['answer'] | Promise<Q[K]['answer']>;
};

/** The child's end: answers until the parent is gone. */
export function answerQuestions<Q extends Questions>(answerers: Answerers<Q>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ question, told }: Envelope) => {
    const answerer = answerers[question];
    Promise.resolve()
      .then(() => answerer?.(told))
      .then(
        (answer) => process.send?.({ answer }),
        (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
      );
  });
}
