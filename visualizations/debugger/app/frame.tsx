/** The frame: head, sessions, views, detail, time. */

import type { ComponentType } from 'preact';
import { ChartsView } from '../charts/charts-view.js';
import { EventsView } from '../events/events-view.js';
import { MessagesView } from '../messages/messages-view.js';
import { DropZone } from '../messages/open-file.js';
import { SequenceView } from '../sequence/sequence-view.js';
import { SessionsList } from '../sessions/sessions-list.js';
import type { Player } from '../store/player.js';
import type { Store } from '../store/store.js';
import type { View } from '../store/types.js';
import { TroubleSummary } from '../troubles/trouble-summary.js';
import { TroublesView } from '../troubles/troubles-view.js';
import { Header } from './header.js';
import { Help } from './help.js';
import { Side } from './side.js';
import { LEFT, RIGHT, Splitter } from './splitter.js';
import { pane } from './state.js';
import { Timeline } from './timeline.js';
import { ViewTabs } from './view-tabs.js';

/** What stands in the middle, by the name of its tab. Only what is open is drawn. */
const VIEWS: Readonly<Record<View, ComponentType<{ store: Store }>>> = {
  messages: MessagesView,
  troubles: TroublesView,
  charts: ChartsView,
  sequence: SequenceView,
  events: EventsView,
};

/** The whole page. */
export function Frame({ store, player }: { store: Store; player: Player }) {
  const view = store.view.value;
  const Shown = VIEWS[view];
  return (
    <div class="frame" data-pane={pane.value}>
      <Header store={store} player={player} />
      <TroubleSummary store={store} />
      <main style={{ '--left': `${LEFT.px.value}px`, '--right': `${RIGHT.px.value}px` }}>
        <nav class="pane-sessions" aria-label="Sessions">
          <SessionsList store={store} />
        </nav>
        <Splitter name="left" label="Width of the sessions" width={LEFT} />
        <section class="pane-centre" aria-label="Views">
          <ViewTabs store={store} />
          <div class="view" id={`view-${view}`} role="tabpanel" aria-labelledby={`tab-${view}`}>
            <Shown store={store} />
          </div>
        </section>
        <Splitter name="right" label="Width of the detail" width={RIGHT} />
        <aside class="pane-side" aria-label="Detail">
          <Side store={store} />
        </aside>
      </main>
      <Timeline store={store} player={player} />
      <Help />
      <DropZone store={store} />
    </div>
  );
}
