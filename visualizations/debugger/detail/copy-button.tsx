/** A button that puts a text on the clipboard and says whether that worked. */

import { useState } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import type { Copied } from '../messages/copy.js';

/** How long it says so, in milliseconds. */
const SAID_MS = 2_500;

/**
 * Draws the button.
 *
 * @param props its words, and the text, which is only made when it is asked for
 */
export function CopyButton({ label, text }: { label: string; text: () => string | Copied }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    const made = text();
    try {
      if (typeof made === 'object' && 'reason' in made) setSaid(made.reason);
      else {
        await navigator.clipboard.writeText(typeof made === 'string' ? made : made.text);
        setSaid('copied');
      }
    } catch {
      setSaid('the browser does not allow it');
    }
    setTimeout(() => setSaid(null), SAID_MS);
  };
  return (
    <button type="button" class="copy" onClick={copy}>
      <Icon name={said === 'copied' ? 'check' : 'copy'} />
      <span class="copy-words">
        <span class={said === null ? '' : 'is-away'}>{label}</span>
        <span aria-live="polite">{said}</span>
      </span>
    </button>
  );
}
