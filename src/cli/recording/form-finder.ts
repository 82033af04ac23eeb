/**
 * Finds out which form an input has while it comes: a recording, a log with dumps, a raw stream, or one written as hex. All of
 * them read along until one is certain; what it has found by then is given away, and it reads on alone.
 */

import type { Codec } from '../../wire/codec.js';
import { headerIn } from './format.js';
import {
  DumpReader,
  type FormReader,
  type Found,
  HexReader,
  type OnFound,
  type OnRemark,
  RawReader,
  RecordingReader,
} from './found.js';
import { TextLines, utf8Of } from './text-lines.js';

/** So many frames that could be texts are a stream: a text has few of them. */
const MAX_UNDECIDED_ITEMS = 1_000;

/** One of the forms, and what it has found while nothing was certain. */
interface Candidate<Reader extends FormReader> {
  readonly reader: Reader;
  readonly found: Found[];
}

/** Reads an input whose form is not known yet. */
export class FormFinder implements FormReader {
  readonly #onFound: OnFound;
  readonly #onRemark: OnRemark;
  readonly #dumps: Candidate<DumpReader>;
  readonly #raw: Candidate<RawReader>;
  readonly #hex: Candidate<HexReader>;
  readonly #first: FirstLine;
  #chosen: FormReader | null = null;

  /**
   * @param codec the codec of raw streams and of dumps
   * @param onFound gets what was found
   * @param onRemark gets what a person should know besides
   */
  constructor(codec: Codec, onFound: OnFound, onRemark: OnRemark) {
    this.#onFound = onFound;
    this.#onRemark = onRemark;
    this.#first = new FirstLine();
    this.#dumps = this.#candidate((take) => new DumpReader(codec, take, onRemark));
    this.#raw = this.#candidate((take) => new RawReader(codec, take));
    this.#hex = this.#candidate((take) => new HexReader(codec, take));
  }

  push(bytes: Buffer): void {
    if (this.#chosen !== null) return this.#chosen.push(bytes);
    this.#first.push(bytes);
    if (this.#first.isHeader) return this.#readRecording();
    for (const { reader } of [this.#dumps, this.#raw, this.#hex]) reader.push(bytes);
    this.#decide(this.#raw.found.length > MAX_UNDECIDED_ITEMS);
  }

  end(): void {
    if (this.#chosen === null) {
      this.#first.end();
      if (this.#first.isHeader) this.#readRecording();
      for (const { reader } of [this.#dumps, this.#hex]) reader.flush();
      this.#decide(true);
    }
    this.#chosen?.end();
  }

  /** Chooses the form that is certain, or else the likeliest. */
  #decide(isOver: boolean): void {
    if (this.#chosen !== null) return;
    if (this.#raw.reader.isCertain) this.#choose(this.#raw);
    else if (this.#hex.reader.isCertain) this.#choose(this.#hex);
    else if (this.#dumps.reader.hasDump) this.#choose(this.#dumps);
    else if (isOver) this.#choose(this.#hex.reader.isLikely ? this.#hex : this.#raw);
  }

  #choose({ reader, found }: Candidate<FormReader>): void {
    this.#chosen = reader;
    for (const each of found.splice(0)) this.#onFound(each);
  }

  /** A recording is read from its beginning. */
  #readRecording(): void {
    this.#chosen = new RecordingReader(this.#onFound, this.#onRemark);
    for (const bytes of this.#first.bytes) this.#chosen.push(bytes);
  }

  #candidate<Reader extends FormReader>(make: (take: OnFound) => Reader): Candidate<Reader> {
    const found: Found[] = [];
    const reader: Reader = make((each) => {
      if (this.#chosen === reader) this.#onFound(each);
      else found.push(each);
    });
    return { reader, found };
  }
}

/** No header of a recording is longer. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Whether the first line of an input that is not empty is that of a recording. */
class FirstLine {
  readonly #lines: TextLines;
  #isOver = false;
  #length = 0;
  /** All that has come, until the line is known. */
  bytes: Buffer[] = [];
  isHeader = false;

  constructor() {
    this.#lines = new TextLines((line) => {
      if (this.#isOver || line.trim() === '') return;
      this.#isOver = true;
      this.isHeader = headerIn(this.#lines.isText ? line : utf8Of(line)) !== null;
    });
  }

  push(bytes: Buffer): void {
    if (this.#isOver) return;
    this.bytes.push(bytes);
    this.#lines.push(bytes);
    this.#length += bytes.length;
    if (this.#length > MAX_HEADER_BYTES) this.#isOver = true;
    if (this.#isOver && !this.isHeader) this.bytes = [];
  }

  end(): void {
    if (!this.#isOver) this.#lines.end();
  }
}
