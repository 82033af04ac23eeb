/** The right side: what is chosen, its session, and the box that asks. */

import { useEffect } from 'preact/hooks';
import { AskBox } from '../ask/ask-box.js';
import { Detail } from '../detail/detail.js';
import { SessionFacts } from '../sessions/session-facts.js';
import type { Store } from '../store/store.js';
import { Icon } from './icons.js';
import { pane, side } from './state.js';
import { Tabs } from './tabs.js';

const PARTS = [
  { name: 'detail', label: 'Detail', icon: 'list' },
  { name: 'session', label: 'Session', icon: 'link' },
  { name: 'ask', label: 'Ask', icon: 'send' },
] as const;

export function Side({ store }: { store: Store }) {
  const { entry, group } = store.selection.value;
  useEffect(() => {
    if (entry === null) return;
    side.value = 'detail';
    pane.value = 'side';
  }, [entry]);
  useEffect(() => {
    if (group !== null && store.selection.peek().entry === null) side.value = 'session';
  }, [group]);
  const shown = side.value ?? (store.incidents.value.length > 0 ? 'detail' : 'session');
  return (
    <>
      <div class="side-head">
        <button type="button" class="narrow-only back" onClick={() => (pane.value = 'centre')}>
          <Icon name="back" /> Back
        </button>
        <Tabs
          label="Right side"
          tabs={PARTS.map(({ name, label, icon }) => ({
            name,
            id: `tab-${name}`,
            panel: `side-${name}`,
            content: (
              <>
                <Icon name={icon} />
                {label}
              </>
            ),
          }))}
          chosen={shown}
          choose={(name) => (side.value = name)}
        />
      </div>
      <div
        class="side-body"
        id={`side-${shown}`}
        role="tabpanel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keys
        tabIndex={0}
        aria-labelledby={`tab-${shown}`}
      >
        {shown === 'detail' && <Detail store={store} />}
        {shown === 'session' && <SessionFacts store={store} />}
        {shown === 'ask' && <AskBox store={store} />}
      </div>
    </>
  );
}
