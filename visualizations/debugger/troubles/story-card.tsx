/** The story of a trouble: what it is, why it happens, the figures of this case, and what to do. */

import { useEffect } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import { CopyButton } from '../detail/copy-button.js';
import type { Store } from '../store/store.js';
import type { NumberedEntry } from '../store/types.js';
import type { Step } from '../stories/stories.js';
import { markTold, tell } from './telling.js';

/**
 * Draws it; of a trouble that another explains, the story of that other.
 *
 * @param props `isUnasked`: nobody chose it, so that it is not told yet
 */
export function StoryCard(props: { store: Store; entry: NumberedEntry; isUnasked?: boolean }) {
  const { store, entry, isUnasked = false } = props;
  const cause = entry.kind === 'trouble' ? store.explanationOf(entry) : entry;
  const story = tell(store, cause);
  useEffect(() => {
    if (cause.kind === 'trouble' && !isUnasked) markTold([cause]);
  }, [cause.number]);
  if (story === null) return null;
  const isExplained =
    entry.kind === 'trouble' && cause.kind === 'trouble' && entry.incident !== cause.incident;
  return (
    <section class="story" aria-labelledby="story-title">
      {isExplained && <p class="quiet">{entry.text}. Something else explains it:</p>}
      <h3 id="story-title">
        <Icon name="trouble" /> <span class="hidden">Trouble: </span>
        {story.title}
      </h3>
      {story.why !== '' && <p>{story.why}</p>}
      {story.facts.length > 0 && (
        <dl class="story-facts">
          {story.facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {story.next.length > 0 && (
        <>
          <h4>What to do</h4>
          <ol class="steps">
            {story.next.map((step) => (
              <StepItem key={step.text} step={step} />
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function StepItem({ step: { text, code } }: { step: Step }) {
  return (
    <li>
      {text}
      {code !== undefined && (
        <div class="step-code">
          <code>{code}</code>
          <CopyButton label="Copy" text={() => code} />
        </div>
      )}
    </li>
  );
}
