import type { Logger } from '../../src/index.js';

/** A logger that keeps its lines. */
export class RecordedLog {
  readonly lines: string[] = [];
  /** The lines of warnings and errors alone. */
  readonly warnings: string[] = [];

  readonly logger: Logger = {
    debug: (text: string) => this.lines.push(text),
    info: (text: string) => this.lines.push(text),
    warn: (text: string) => this.#warn(text),
    error: (text: string) => this.#warn(text),
  };

  /** The lines about what was dropped. */
  get drops(): string[] {
    return this.lines.filter((line) => line.includes(': dropped ('));
  }

  #warn(text: string): void {
    this.lines.push(text);
    this.warnings.push(text);
  }
}
