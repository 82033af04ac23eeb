/** The page of the live debugger: shows what the stream tells, and keeps a bounded part of it. */

const MAX_ENTRIES = 5_000;
const MAX_SHOWN = 500;
const MAX_ARROWS = 60;

const at = (id) => document.getElementById(id);
const entries = [];
/** By group and actor: the picture, the state, the context, and the event that led there. */
const actors = new Map();
const charts = new Map();
let chosenActor = null;
let chosenEntry = null;
let isPaused = false;
let leftOut = 0;
let isDrawing = false;

const stream = new EventSource('events');
stream.onopen = () => show('connection', 'live');
stream.onerror = () => show('connection', 'the program has ended, or does not answer');
stream.onmessage = ({ data }) => take(JSON.parse(data));
stream.addEventListener('left-out', ({ data }) => {
  leftOut += Number(data);
  draw();
});

function take(entry) {
  entries.push(entry);
  if (entries.length > MAX_ENTRIES) entries.shift();
  if (!isPaused) apply(entry);
  draw();
}

/** Brings the actors to where they stand after an entry. */
function apply(entry) {
  if (entry.kind === 'actor') {
    actors.set(keyOf(entry), { ...entry, state: null, context: null, taken: null, lastEvent: null });
    chosenActor ??= keyOf(entry);
    if (entry.actor.endsWith('authentication')) chosenActor = keyOf(entry);
  } else if (entry.kind === 'event') {
    const actor = actors.get(`${entry.group} ${entry.to}`);
    if (actor !== undefined) actor.lastEvent = entry.event.type;
  } else if (entry.kind === 'state') {
    const actor = actors.get(keyOf(entry));
    if (actor === undefined) return;
    if (JSON.stringify(actor.state) !== JSON.stringify(entry.state)) {
      actor.taken = { event: actor.lastEvent, from: pathsOf(actor.state), to: pathsOf(entry.state) };
    }
    actor.state = entry.state;
    actor.context = entry.context;
  }
}

const keyOf = ({ group, actor }) => `${group} ${actor}`;

/** A state value as the paths of all states that are active. */
function pathsOf(value, before = '') {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string') return [before + value];
  return Object.entries(value).flatMap(([key, below]) => [
    before + key,
    ...pathsOf(below, `${before}${key}.`),
  ]);
}

const nameOfState = (value) => pathsOf(value).at(-1) ?? '';

// ── drawing, at most once a frame ──

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    at('time').max = String(entries.length);
    if (!isPaused) at('time').value = String(entries.length);
    drawActors();
    drawChart();
    drawLog();
    drawSequence();
    const troubles = entries.filter(({ isTrouble }) => isTrouble).length;
    const drops = new Map();
    for (const entry of entries) {
      const [, reason] = /dropped \(([\w-]+)\)/.exec(entry.text ?? '') ?? [];
      if (reason !== undefined) drops.set(reason, (drops.get(reason) ?? 0) + 1);
    }
    const dropped = [...drops].map(([reason, count]) => `, ${reason} ${count}`).join('');
    const missed = leftOut > 0 ? `, ${leftOut} left out` : '';
    show(
      'counts',
      `${entries.length} entries, ${troubles} trouble${dropped === '' ? '' : `; dropped${dropped.slice(1)}`}${missed}`,
    );
  });
}

function show(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function drawActors() {
  const groups = Map.groupBy ? Map.groupBy(actors.values(), ({ group }) => group) : groupsOf(actors.values());
  at('actors').replaceChildren(
    ...[...groups].map(([group, members]) =>
      element(
        'li',
        {},
        group,
        element('ul', {}, ...members.map((actor) => element('li', {}, buttonOf(actor)))),
      ),
    ),
  );
}

function groupsOf(members) {
  const groups = new Map();
  for (const member of members) groups.set(member.group, [...(groups.get(member.group) ?? []), member]);
  return groups;
}

function buttonOf(actor) {
  const key = keyOf(actor);
  const state = nameOfState(actor.state);
  const button = element('button', { type: 'button', onclick: () => choose(key) }, actor.actor);
  button.append(
    element(
      'span',
      { className: `state ${state.endsWith('trusted') && state !== 'untrusted' ? 'trusted' : ''}` },
      state,
    ),
  );
  button.setAttribute('aria-current', String(key === chosenActor));
  button.dataset.actor = key;
  return button;
}

function choose(key) {
  chosenActor = key;
  draw();
}

async function chartOf(name) {
  if (!charts.has(name))
    charts.set(
      name,
      fetch(`charts/${name}.svg`).then((answer) => answer.text()),
    );
  return charts.get(name);
}

let drawnChart = null;
let drawnState = '';

async function drawChart() {
  const actor = actors.get(chosenActor);
  if (actor === undefined) return;
  show('chart-title', `${actor.group}: ${actor.actor}`);
  show('context', JSON.stringify(actor.context, null, 1));
  if (drawnChart !== actor.chart) {
    drawnChart = actor.chart;
    at('chart').innerHTML = actor.chart === null ? '' : await chartOf(actor.chart);
  }
  const active = new Set(pathsOf(actor.state));
  for (const box of at('chart').querySelectorAll('[data-state]')) {
    box.classList.toggle('active', active.has(box.dataset.state));
  }
  const mark = `${chosenActor} ${JSON.stringify(actor.state)}`;
  if (mark !== drawnState) {
    drawnState = mark;
    bringIntoView([...at('chart').querySelectorAll('.active')].at(-1));
  }
  const { taken } = actor;
  for (const arrow of at('chart').querySelectorAll('polyline[data-from]')) {
    const { from, to, event } = arrow.dataset;
    arrow.classList.toggle(
      'taken',
      taken !== null && taken.event === event && taken.from.includes(from) && taken.to.includes(to),
    );
  }
}

/** Pictures are larger than the page: the active state is what one wants to see. */
function bringIntoView(box) {
  if (box === undefined) return;
  const chart = at('chart');
  const [inside, outside] = [box.getBoundingClientRect(), chart.getBoundingClientRect()];
  chart.scrollLeft += inside.left + inside.width / 2 - outside.left - outside.width / 2;
  chart.scrollTop += inside.top + inside.height / 2 - outside.top - outside.height / 2;
}

function shownEntries() {
  const wanted = at('filter').value.toLowerCase();
  const onlyTrouble = at('only-trouble').checked;
  return entries
    .filter((entry) => entry.kind !== 'actor' && entry.kind !== 'state')
    .filter((entry) => !onlyTrouble || entry.isTrouble)
    .filter((entry) => wanted === '' || `${entry.group} ${textOf(entry)}`.toLowerCase().includes(wanted))
    .slice(-MAX_SHOWN);
}

function textOf(entry) {
  if (entry.kind === 'message') return `${entry.from} → ${entry.text}`;
  if (entry.kind === 'note') return entry.text;
  return `${entry.from ?? 'runtime'} → ${entry.to}: ${entry.event.type}`;
}

let drawnLog = '';

function drawLog() {
  if (isPaused) return;
  const shown = shownEntries();
  const mark = `${shown.at(-1)?.number} ${shown.length} ${chosenEntry}`;
  if (mark === drawnLog) return;
  drawnLog = mark;
  const log = at('log');
  const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
  log.replaceChildren(
    ...shown.map((entry) => {
      const kind = entry.isTrouble ? 'trouble' : entry.kind === 'message' ? 'message' : 'quiet';
      const item = element(
        'li',
        { className: kind, onclick: () => pick(entry.number) },
        `${(entry.ms / 1_000).toFixed(3)} ${entry.group}: ${textOf(entry)}`,
      );
      item.setAttribute('aria-selected', String(entry.number === chosenEntry));
      return item;
    }),
  );
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function pick(number) {
  chosenEntry = number;
  const entry = entries.find((each) => each.number === number);
  show('detail', entry === undefined ? '' : detailOf(entry));
  draw();
}

function detailOf(entry) {
  if (entry.kind === 'message') return `${entry.from} says\n${entry.text}\n\n${entry.hex ?? 'no bytes'}`;
  if (entry.kind === 'note') return entry.text;
  return JSON.stringify(entry.event, null, 1);
}

function drawSequence() {
  if (at('sequence').hidden) return;
  const arrows = entries.filter(({ kind }) => kind === 'event' || kind === 'message').slice(-MAX_ARROWS);
  const ends = (entry) =>
    entry.kind === 'message'
      ? [`${entry.from} (wire)`, `${entry.from === 'client' ? 'server' : 'client'} (wire)`]
      : [entry.from === null ? 'runtime' : entry.from, entry.to];
  const columns = [...new Set(arrows.flatMap(ends))];
  const width = 150;
  const x = (name) => columns.indexOf(name) * width + width / 2;
  const lines = arrows.map((entry, index) => {
    const [from, to] = ends(entry).map(x);
    const y = 50 + index * 26;
    const label = entry.kind === 'message' ? entry.text.split(',')[0] : entry.event.type;
    return `<line class="arrow" x1="${from}" y1="${y}" x2="${to}" y2="${y}" marker-end="url(#seq)"/><text x="${Math.min(from, to) + 4}" y="${y - 4}">${escaped(label)}</text>`;
  });
  const height = 60 + arrows.length * 26;
  at('sequence').innerHTML =
    `<svg width="${columns.length * width}" height="${height}"><defs><marker id="seq" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="currentColor"/></marker></defs>` +
    columns
      .map(
        (name) =>
          `<text x="${x(name)}" y="20" text-anchor="middle">${escaped(name)}</text><line x1="${x(name)}" y1="28" x2="${x(name)}" y2="${height}"/>`,
      )
      .join('') +
    `${lines.join('')}</svg>`;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

// ── what the person does ──

function setPaused(paused) {
  isPaused = paused;
  at('pause').setAttribute('aria-pressed', String(paused));
  show('pause', paused ? 'Go on' : 'Pause');
  if (!paused) replay(entries.length);
}

/** Shows how things stood after so many entries. */
function replay(count) {
  actors.clear();
  for (const entry of entries.slice(0, count)) apply(entry);
  draw();
}

at('time-label').hidden = false;
at('time').oninput = () => {
  setPaused(true);
  replay(Number(at('time').value));
};

function step(list, now, by) {
  const place = list.indexOf(now);
  return list[Math.max(0, Math.min(list.length - 1, place + by))] ?? null;
}

at('pause').onclick = () => setPaused(!isPaused);
at('clear').onclick = () => {
  entries.length = 0;
  draw();
};
at('filter').oninput = at('only-trouble').onchange = () => {
  drawnLog = '';
  draw();
};
for (const tab of at('tabs').children) {
  tab.onclick = () => {
    for (const other of at('tabs').children) other.setAttribute('aria-selected', String(other === tab));
    at('log').hidden = tab.dataset.tab !== 'log';
    at('sequence').hidden = tab.dataset.tab !== 'sequence';
    draw();
  };
}
document.onkeydown = (event) => {
  if (event.target === at('filter') || event.ctrlKey || event.metaKey) return;
  const keys = {
    p: () => setPaused(!isPaused),
    c: () => at('clear').click(),
    '/': () => at('filter').focus(),
    ArrowUp: () =>
      pick(
        step(
          shownEntries().map(({ number }) => number),
          chosenEntry,
          -1,
        ),
      ),
    ArrowDown: () =>
      pick(
        step(
          shownEntries().map(({ number }) => number),
          chosenEntry,
          1,
        ),
      ),
    '[': () => choose(step([...actors.keys()], chosenActor, -1)),
    ']': () => choose(step([...actors.keys()], chosenActor, 1)),
  };
  if (keys[event.key] === undefined) return;
  event.preventDefault();
  keys[event.key]();
};
