/** The left side: the tree of actors, and the counters of the chosen session. */

import { at, element, show } from './dom.js';
import { isRequest, nameOfState } from './model.js';

/**
 * @typedef {import('./model.js').Actor} Actor
 * @typedef {import('./model.js').Group} Group
 */

/** Only this many sessions are listed: the last ones. */
const MAX_GROUPS = 50;

/** More requests than this are not listed: the last ones are. */
const MAX_REQUESTS = 20;

let drawnActors = '';

/**
 * @param {ReadonlyMap<string, Group>} groups
 * @param {ReadonlyMap<string, number>} troubles how many, by group
 * @param {string | null} chosen the key of an actor
 * @param {(key: string) => void} choose
 */
export function drawActors(groups, troubles, chosen, choose) {
  const all = [...groups.values()];
  const rows = all.slice(-MAX_GROUPS).map((group) => ({ group, actors: [...group.actors.values()] }));
  const earlier = all.length - rows.length;
  const mark = JSON.stringify([
    chosen,
    earlier,
    rows.map(({ group, actors }) => [
      group.name,
      troubles.get(group.name),
      actors.map(({ name, state, settled, isOver }) => [name, state, settled, isOver]),
    ]),
  ]);
  if (mark === drawnActors) return;
  drawnActors = mark;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.['actor'];
  at('actors').replaceChildren(
    ...(earlier > 0 ? [element('li', { className: 'quiet' }, `${earlier} earlier sessions`)] : []),
    ...rows.map(({ group, actors }) => {
      const count = troubles.get(group.name) ?? 0;
      const badge =
        count === 0
          ? []
          : [element('span', { className: 'badge', title: `trouble: ${count}` }, String(count))];
      const roots = actors.filter(({ parent }) => parent === null || !group.actors.has(parent));
      return element(
        'li',
        {},
        element('span', { className: 'group' }, group.name, ...badge),
        branchOf(roots, actors, chosen, choose),
      );
    }),
  );
  if (focused !== undefined)
    at('actors')
      .querySelector(`[data-actor="${CSS.escape(focused)}"]`)
      ?.focus();
}

/**
 * @param {readonly Actor[]} members
 * @param {readonly Actor[]} all
 * @param {string | null} chosen
 * @param {(key: string) => void} choose
 * @returns {HTMLElement}
 */
function branchOf(members, all, chosen, choose) {
  const requests = members.filter(({ name }) => isRequest(name));
  const hidden = new Set(requests.slice(0, Math.max(0, requests.length - MAX_REQUESTS)));
  const more = hidden.size === 0 ? [] : [element('li', { className: 'quiet' }, `${hidden.size} earlier`)];
  return element(
    'ul',
    {},
    ...more,
    ...members
      .filter((actor) => !hidden.has(actor))
      .map((actor) => {
        const children = all.filter(({ parent }) => parent === actor.name);
        const below = children.length === 0 ? [] : [branchOf(children, all, chosen, choose)];
        return element('li', {}, buttonOf(actor, chosen, choose), ...below);
      }),
  );
}

/** @param {Actor} actor @param {string | null} chosen @param {(key: string) => void} choose */
function buttonOf(actor, chosen, choose) {
  const path = pathOf(actor);
  const state = path.split('.').at(-1) ?? '';
  const isGood = state === 'trusted' || state === 'unprotected';
  const isBad = state === 'refused' || state === 'refusedForGood' || state === 'silent';
  const button = element(
    'button',
    {
      type: 'button',
      className: actor.isOver && isRequest(actor.name) ? 'quiet' : '',
      onclick: () => choose(actor.key),
      dataset: { actor: actor.key },
    },
    element('span', {}, actor.name),
    element(
      'span',
      { className: `state ${isGood ? 'trusted' : ''}${isBad ? 'refused' : ''}`, title: path },
      state,
    ),
  );
  button.setAttribute('aria-current', String(actor.key === chosen));
  return button;
}

/** The state of an actor; of the holder of requests, how many are in which. @param {Actor} actor */
function pathOf({ name, state, settled }) {
  if (name !== 'pendingRequests') return nameOfState(state);
  const counts = Object.entries(state ?? {}).map(([each, count]) => `${count} ${each}`);
  return [...counts, ...(settled > 0 ? [`${settled} settled`] : [])].join(', ');
}

/** @type {Readonly<Record<string, string>>} */
const NAMES = {
  messagesSent: 'messages sent',
  messagesReceived: 'messages received',
  failedAuthentications: 'failed authentications',
  timeouts: 'requests timed out',
  messagesNotSent: 'messages not sent',
  messagesUnconfirmed: 'messages that may be lost',
  callbackErrors: 'callbacks that failed',
  validationErrors: 'messages that did not fit a contract',
  suppressedLogLines: 'log lines suppressed',
};

/** Counters that are trouble unless they are 0; those by reason always are. */
const TROUBLED = new Set([
  'failedAuthentications',
  'timeouts',
  'messagesNotSent',
  'messagesUnconfirmed',
  'callbackErrors',
  'validationErrors',
]);

/** @param {Group | undefined} group */
export function drawCounters(group) {
  show('counters-title', group === undefined ? 'Counters' : `Counters: ${group.name}`);
  const rows = Object.entries(group?.counters ?? {}).flatMap(([name, value]) => {
    if (typeof value === 'number') return [[NAMES[name] ?? name, value, value > 0 && TROUBLED.has(name)]];
    const reasons = Object.entries(value);
    return reasons.length === 0
      ? [[name, 0, false]]
      : reasons.map(([reason, count]) => [`${name}: ${reason}`, count, true]);
  });
  const mark = JSON.stringify(rows);
  const table = at('counters');
  if (table.dataset.mark === mark) return;
  table.dataset.mark = mark;
  table.tBodies[0].replaceChildren(
    ...rows.map(([name, value, isTrouble]) =>
      element(
        'tr',
        { className: isTrouble === true ? 'trouble' : '' },
        element('th', { scope: 'row' }, String(name)),
        element('td', {}, Number(value).toLocaleString('en')),
      ),
    ),
  );
}
