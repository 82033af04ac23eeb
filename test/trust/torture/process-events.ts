import type { ProcessWatch } from './run.js';

const UNCAUGHT = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * What was thrown in this process and not caught, and what the library has warned of; until it is disposed of. Nobody else hears
 * of either meanwhile: each is judged by the story that it belongs to.
 */
export class ProcessEvents implements ProcessWatch, Disposable {
  #uncaught: string[] = [];
  #warnings: string[] = [];
  readonly #emitWarning = process.emitWarning;
  readonly #onUncaught = (error: unknown): void => {
    this.#uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  readonly #others = UNCAUGHT.map((event) => [event, process.rawListeners(event)] as const);

  constructor() {
    for (const event of UNCAUGHT) process.removeAllListeners(event).on(event, this.#onUncaught);
    // at once, and not on the console: there are thousands
    process.emitWarning = (warning: string | Error): void => {
      this.#warnings.push(String(warning));
    };
  }

  takeWarnings(): readonly string[] {
    const warnings = this.#warnings;
    this.#warnings = [];
    return warnings;
  }

  async takeUncaught(): Promise<readonly string[]> {
    // xstate throws what nobody has handled in a timer of the system
    await new Promise((resolve) => setTimeout(resolve, 1));
    const uncaught = this.#uncaught;
    this.#uncaught = [];
    return uncaught;
  }

  [Symbol.dispose](): void {
    for (const [event, listeners] of this.#others) {
      process.off(event, this.#onUncaught);
      for (const listener of listeners) process.on(event, listener as () => void);
    }
    process.emitWarning = this.#emitWarning;
  }
}
