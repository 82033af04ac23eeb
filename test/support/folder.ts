import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for the files of one test file, removed after its tests. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'socket-protocol-'));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true }));
  }

  /** The path of a file that may not exist. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file; returns its path. */
  file(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }
}
