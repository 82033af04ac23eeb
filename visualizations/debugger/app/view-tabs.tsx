/** The tabs of the views. */

import type { Store } from '../store/store.js';
import { count } from '../store/texts.js';
import { VIEWS, type View } from '../store/types.js';
import { Icon, type IconName } from './icons.js';
import { Tabs } from './tabs.js';

const LOOKS: Readonly<Record<View, { readonly label: string; readonly icon: IconName }>> = {
  messages: { label: 'Messages', icon: 'message' },
  troubles: { label: 'Troubles', icon: 'trouble' },
  charts: { label: 'Charts', icon: 'chart' },
  sequence: { label: 'Sequence', icon: 'sequence' },
  events: { label: 'Events', icon: 'list' },
};

export function ViewTabs({ store }: { store: Store }) {
  const troubles = store.totals.value.troubles;
  return (
    <Tabs
      label="Views"
      tabs={VIEWS.map((name) => ({
        name,
        id: `tab-${name}`,
        panel: `view-${name}`,
        isTrouble: name === 'troubles' && troubles > 0,
        content: (
          <>
            <Icon name={LOOKS[name].icon} />
            <span class="label">{LOOKS[name].label}</span>
            {name === 'troubles' && troubles > 0 && <span class="badge">{count(troubles)}</span>}
          </>
        ),
      }))}
      chosen={store.view.value}
      choose={(name) => (store.view.value = name)}
    />
  );
}
