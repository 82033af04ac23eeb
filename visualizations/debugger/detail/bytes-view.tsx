/** The bytes of a payload, with their text and their checksum. */

import { useEffect, useRef, useState } from 'preact/hooks';
import type { DropReason } from '../../../src/protocol/reasons.js';
import { Icon } from '../app/icons.js';
import { count } from '../store/texts.js';
import type { NumberedDrop, NumberedMessage } from '../store/types.js';
import { checksumOf, dumpLines } from './bytes.js';
import { CopyButton } from './copy-button.js';

/** The room that sixteen bytes and their text need. */
const WIDE_PX = 540;

/** Drops of bytes that are not a whole frame. */
const NO_FRAME: ReadonlySet<DropReason> = new Set([
  'noise',
  'restarted',
  'broken-escape',
  'too-long',
  'unfinished',
  'wrong-protocol',
]);

/** Draws the bytes of a message, or of something dropped. */
export function Bytes({ entry }: { entry: NumberedMessage | NumberedDrop }) {
  const box = useRef<HTMLDivElement>(null);
  const [perLine, setPerLine] = useState(8);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setPerLine(element.clientWidth < WIDE_PX ? 8 : 16));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const { hex, hiddenBytes } = entry;
  if (hex === null)
    return entry.kind === 'message' ? (
      <p class="quiet">The bytes are not shown: they may hold a seed or a key.</p>
    ) : null;
  const isFrame = entry.kind === 'message' || !NO_FRAME.has(entry.reason);
  return (
    <div class="bytes" ref={box}>
      {isFrame && <Verdict entry={entry} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keys */}
      <pre class="dump" tabIndex={0}>
        {dumpLines(hex, perLine).map(({ place, hex: bytes, text }) => (
          <span key={place} class="dump-line">
            <span class="quiet">{place}</span>
            {`  ${bytes.padEnd(3 * perLine - 1)}  `}
            <span class="text">{text}</span>
            {'\n'}
          </span>
        ))}
      </pre>
      {hiddenBytes > 0 && <p class="quiet">{count(hiddenBytes)} more bytes are not shown.</p>}
      <CopyButton label="Copy bytes" text={() => hex} />
    </div>
  );
}

function Verdict({ entry }: { entry: NumberedMessage | NumberedDrop }) {
  const checksum = checksumOf(entry);
  const what = checksum === null ? 'checksum' : `${checksum.name} ${checksum.value}`;
  if (entry.kind === 'message')
    return (
      <p class="verdict">
        <Icon name="check" /> {what}, right for the bytes before it
      </p>
    );
  if (entry.reason === 'checksum')
    return (
      <p class="verdict trouble">
        <Icon name="close" /> {what}, wrong: {entry.detail}
      </p>
    );
  return <p class="verdict quiet">{what}; the frame was refused for another reason</p>;
}
