/** The newest trouble that nobody has looked at, in a line over everything else. */

import { Icon } from '../app/icons.js';
import { openSide } from '../app/page-keys.js';
import type { Store } from '../store/store.js';
import { count } from '../store/texts.js';
import type { NumberedTrouble } from '../store/types.js';
import { isTold, markTold, tell, whoIs } from './telling.js';

/** Draws the line; nothing while there is nothing to tell. */
export function TroubleSummary({ store }: { store: Store }) {
  const untold = store.incidents.value.filter((trouble) => !isTold(trouble));
  const newest = untold.at(-1);
  if (newest === undefined) return null;
  const story = tell(store, newest);
  const look = (trouble: NumberedTrouble) => {
    markTold([trouble]);
    store.select({ entry: trouble.number });
    openSide('detail');
  };
  return (
    <div class="summary" role="status">
      <button type="button" class="summary-line" title={newest.text} onClick={() => look(newest)}>
        <Icon name="trouble" />
        <span>
          <span class="hidden">Trouble: </span>
          <strong>{story?.title ?? newest.text}</strong>
          <span class="summary-where">{` in ${whoIs(store, newest.group)}`}</span>
        </span>
      </button>
      {untold.length > 1 && (
        <button
          type="button"
          class="summary-more"
          onClick={() => {
            markTold(untold);
            store.view.value = 'troubles';
          }}
        >
          {`and ${count(untold.length - 1)} more`}
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss"
        title="Dismiss; the Troubles tab keeps it"
        onClick={() => markTold(untold)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
