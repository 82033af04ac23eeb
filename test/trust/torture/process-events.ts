import type { ProcessWatch } from './run.js';

/** What was thrown in this process and not caught, and what the library has warned of; until it is disposed of. */
export class ProcessEvents implements ProcessWatch, Disposable {
  #uncaught: string[] = [];
  #warnings: string[] = [];
  readonly #emitWarning = process.emitWarning;
  readonly #onUncaught = (error: unknown): void => {
    this.#uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  constructor() {
    process.on('uncaughtException', this.#onUncaught);
    process.on('unhandledRejection', this.#onUncaught);
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
    process.off('uncaughtException', this.#onUncaught);
    process.off('unhandledRejection', this.#onUncaught);
    process.emitWarning = this.#emitWarning;
  }
}
