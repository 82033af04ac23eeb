/** The page of the live debugger: what comes in on the stream, and what the person does. */

import { drawChart, drawWhy, zoomBy } from './chart-view.js';
import { drawDetail } from './detail-view.js';
import { at, show } from './dom.js';
import { explain } from './explain.js';
import { Listing, placeAfter } from './listing.js';
import { drawLog, drawTrouble } from './log-view.js';
import { isTrouble, Model, textOf } from './model.js';
import { drawSequence } from './sequence-view.js';
import { drawActors, drawCounters } from './side-view.js';
import { drawTimeline, Player } from './timeline.js';

/** @typedef {import('./model.js').Entry} Entry */

const model = new Model();
const player = new Player();
/** @type {string | null} the key of an actor */
let chosenActor = null;
/** Whether the person chose it; until then the page chooses. */
let isActorChosen = false;
/** @type {number | null} */
let chosenEntry = null;
/** Whether the page shows new entries as they come. */
let isFollowing = true;
let isDrawing = false;
let source = '';
let title = 'live';

// ── what comes in ──

const stream = new EventSource('events');
stream.onerror = () => show('connection', 'the program has ended, or does not answer');
stream.onmessage = ({ data }) => {
  const entry = /** @type {Entry} */ (JSON.parse(data));
  model.add(entry, isFollowing);
  if (entry.kind === 'actor') suggestActor(entry.group, entry.actor);
  draw();
};
stream.addEventListener('hello', ({ data }) => {
  const hello = JSON.parse(data);
  title = hello.title;
  show('connection', title);
  model.maxEntries = Math.max(model.maxEntries, hello.maxHistory);
  // another program at the same address, or the same one restarted
  if (source !== '' && source !== hello.source) model.clear();
  source = hello.source;
  draw();
});
stream.addEventListener('left-out', ({ data }) => {
  model.leftOut += JSON.parse(data).count;
  draw();
});

/** Chooses the authentication, which is the most interesting at first. @param {string} group @param {string} name */
function suggestActor(group, name) {
  if (isActorChosen) return;
  if (chosenActor === null || name.endsWith('authentication')) chosenActor = `${group} ${name}`;
}

// ── drawing, at most once a frame ──

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    drawAll();
  });
}

function drawAll() {
  const { groups, entries, position } = model;
  const actor = chosenActor === null ? undefined : model.actor(chosenActor);
  const group = groups.get(actor?.group ?? '') ?? [...groups.values()].at(-1);
  const troubles = model.troubles;
  const shown = filtered();
  drawActors(groups, countByGroup(troubles), chosenActor, chooseActor);
  drawCounters(group);
  void drawChart(actor);
  drawWhy(
    troubles.findLast((entry) => entry.group === group?.name && explain(entry) !== null),
    showMoment,
  );
  drawLog(shown, `${filterMark()} ${entries[0]?.number}`, chosenEntry);
  drawSequence(shown, group, chosenEntry, pick);
  drawTrouble(troubles, showMoment);
  drawDetail(model.entry(chosenEntry));
  drawTimeline(model, player.isPlaying);
  const missed = model.leftOut > 0 ? `, ${model.leftOut} left out` : '';
  show('counts', `${position} entries, trouble: ${troubles.length}${missed}`);
  at('pause').setAttribute('aria-pressed', String(!isFollowing));
  show('pause', isFollowing ? 'Pause' : 'Resume');
}

/** @param {readonly Entry[]} troubles */
function countByGroup(troubles) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { group } of troubles) counts.set(group, (counts.get(group) ?? 0) + 1);
  return counts;
}

/** Kinds of entries that the log lists. */
const LISTED = new Set(['message', 'drop', 'note', 'event']);

const listing = new Listing();

/** The entries that the filter lets through, up to the chosen time. */
function filtered() {
  const wanted = at('filter').value.toLowerCase();
  const isOnlyTrouble = at('only-trouble').checked;
  const isOnlyMessages = at('only-messages').checked;
  listing.update(
    model,
    filterMark(),
    (entry) =>
      LISTED.has(entry.kind) &&
      (!isOnlyTrouble || isTrouble(entry)) &&
      (!isOnlyMessages || entry.kind === 'message' || entry.kind === 'drop') &&
      (wanted === '' || searchedTextOf(entry).includes(wanted)),
  );
  return listing.entries;
}

/** What the filter is compared with: the line in the log, and the codes behind it. @param {Entry} entry */
function searchedTextOf(entry) {
  const codes = entry.kind === 'note' ? ` ${entry.code} ${entry.reason ?? ''}` : '';
  return `${entry.group}: ${textOf(entry)}${codes}`.toLowerCase();
}

function filterMark() {
  return JSON.stringify([at('filter').value, at('only-trouble').checked, at('only-messages').checked]);
}

// ── what the person does ──

/** Parts of the page that scroll. */
const SCROLLED = new Set(['chart', 'context', 'sequence', 'trouble', 'detail']);

/** @param {string} key */
function chooseActor(key) {
  chosenActor = key;
  isActorChosen = true;
  model.keptActor = key;
  draw();
}

/** Shows an entry, and its session. @param {number} number */
function pick(number) {
  chosenEntry = number;
  const entry = model.entry(number);
  const group = entry === undefined ? undefined : model.groups.get(entry.group);
  if (group !== undefined && model.actor(chosenActor ?? '')?.group !== group.name) {
    const actors = [...group.actors.values()];
    const actor = actors.find(({ name }) => name.endsWith('authentication')) ?? actors[0];
    if (actor !== undefined) chosenActor = actor.key;
  }
  if (at('log').hidden && at('sequence').hidden) openTab('log');
  draw();
}

/** Shows an entry and the states at that moment. @param {number} number */
function showMoment(number) {
  if (model.entry(number) === undefined) return;
  player.stop();
  lookAt(placeAfter(model.entries, number));
  pick(number);
}

/** @param {boolean} following */
function setFollowing(following) {
  isFollowing = following;
  player.stop();
  if (following) model.goTo(model.entries.length);
  draw();
}

/** @param {number} position */
function lookAt(position) {
  isFollowing = false;
  model.goTo(position);
  draw();
}

function togglePlaying() {
  if (player.isPlaying) {
    player.stop();
    draw();
    return;
  }
  const start = model.position >= model.entries.length ? 0 : model.position;
  player.play(
    () => model.entries,
    start,
    () => Number(at('speed').value),
    lookAt,
  );
}

/** @param {string} name */
function openTab(name) {
  for (const tab of at('tabs').children) {
    const isOpen = tab.dataset.tab === name;
    tab.setAttribute('aria-selected', String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    at(tab.dataset.tab).hidden = !isOpen;
  }
  draw();
}

/** @param {number} by */
function stepEntry(by) {
  const numbers = filtered().map(({ number }) => number);
  const place = chosenEntry === null ? numbers.length : numbers.indexOf(chosenEntry);
  const number = numbers[Math.max(0, Math.min(numbers.length - 1, place + by))];
  if (number !== undefined) pick(number);
}

/** @param {number} by */
function stepActor(by) {
  const keys = [...model.groups.values()].flatMap(({ actors }) => [...actors.values()].map(({ key }) => key));
  const place = keys.indexOf(chosenActor ?? '');
  const key = keys[Math.max(0, Math.min(keys.length - 1, place + by))];
  if (key !== undefined) chooseActor(key);
}

at('pause').onclick = () => setFollowing(!isFollowing);
at('clear').onclick = () => {
  model.forgetPast();
  chosenEntry = null;
  draw();
};
at('play').onclick = togglePlaying;
at('time').oninput = () => {
  player.stop();
  lookAt(Number(at('time').value));
};
at('filter').oninput = draw;
at('only-trouble').onchange = draw;
at('only-messages').onchange = draw;
at('zoom-in').onclick = () => zoomBy(1);
at('zoom-out').onclick = () => zoomBy(-1);
at('zoom-fit').onclick = () => zoomBy(0);
at('log').onclick = (/** @type {MouseEvent} */ event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const line = /** @type {HTMLElement | null} */ (target.closest('[role=option]'));
  if (line !== null) pick(Number(line.dataset['number']));
};
// what scrolls with the keys must be reachable with the keys
for (const id of SCROLLED) at(id).tabIndex = 0;
for (const tab of at('tabs').children) tab.onclick = () => openTab(tab.dataset.tab);
at('tabs').onkeydown = (/** @type {KeyboardEvent} */ event) => {
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  const tabs = /** @type {HTMLElement[]} */ ([...at('tabs').children]);
  const place = tabs.findIndex((tab) => tab.getAttribute('aria-selected') === 'true');
  const next = tabs[(place + (event.key === 'ArrowRight' ? 1 : -1) + tabs.length) % tabs.length];
  if (next === undefined) return;
  openTab(next.dataset['tab'] ?? 'log');
  next.focus();
  event.preventDefault();
  event.stopPropagation();
};

/** @type {Readonly<Record<string, () => void>>} */
const KEYS = {
  p: () => setFollowing(!isFollowing),
  ' ': togglePlaying,
  c: () => at('clear').click(),
  '/': () => at('filter').focus(),
  ArrowUp: () => stepEntry(-1),
  ArrowDown: () => stepEntry(1),
  ArrowLeft: () => lookAt(model.position - 1),
  ArrowRight: () => lookAt(model.position + 1),
  '[': () => stepActor(-1),
  ']': () => stepActor(1),
  1: () => openTab('log'),
  2: () => openTab('sequence'),
  3: () => openTab('trouble'),
  '+': () => zoomBy(1),
  '-': () => zoomBy(-1),
  0: () => zoomBy(0),
};

/** Whether an element needs a key for itself. @param {HTMLElement} target @param {string} key */
function needs(target, key) {
  // arrow keys scroll; in the sequence, up and down choose an entry instead
  if (SCROLLED.has(target.id))
    return /^Arrow/.test(key) && !(target.id === 'sequence' && /Up|Down/.test(key));
  if (target.tagName === 'BUTTON' || target.getAttribute('type') === 'checkbox') return key === ' ';
  return target.tagName === 'INPUT' || target.tagName === 'SELECT';
}

document.onkeydown = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === 'Escape') target.blur();
  if (needs(target, event.key)) return;
  const run = KEYS[event.key];
  if (run === undefined) return;
  event.preventDefault();
  run();
};
