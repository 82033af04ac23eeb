import { readFileSync } from 'node:fs';
import type { ElkNode } from 'elkjs/lib/elk.bundled.js';
import { describe, expect, test } from 'vitest';
import { MACHINES } from '../../src/inspector/all-machines.js';
import { allStates, chartOf } from '../../visualizations/generator/chart.js';
import { layOut } from '../../visualizations/generator/layout.js';
import { pictures } from '../../visualizations/generator/pictures.js';
import { simpleOf } from '../../visualizations/generator/simple.js';

const files = await pictures();

interface Rectangle {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The boxes of states without states of their own, and the labels of arrows: nothing of that may overlap. */
function rectanglesOf(node: ElkNode): Rectangle[] {
  const at = (part: { id: string; x?: number; y?: number; width?: number; height?: number }): Rectangle => ({
    id: part.id,
    x: part.x ?? 0,
    y: part.y ?? 0,
    width: part.width ?? 0,
    height: part.height ?? 0,
  });
  const isLeaf = node.children === undefined || node.children.length === 0;
  return [
    ...(isLeaf ? [at(node)] : []),
    ...(node.edges ?? []).flatMap(({ labels = [] }) =>
      labels.map((label) => at({ ...label, id: label.id ?? '' })),
    ),
    ...(node.children ?? []).flatMap(rectanglesOf),
  ];
}

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

type Point = readonly [x: number, y: number];

/** The corners of the arrow of each transition. */
function linesOf(svg: string): Map<string, Point[]> {
  const lines = [...svg.matchAll(/<polyline [^>]*data-transition="([^"]*)"[^>]* points="([^"]*)"/g)];
  return new Map(
    lines.map(([, key = '', points = '']) => [
      key,
      points.split(' ').map((point): Point => {
        const [x, y] = point.split(',').map(Number);
        return [x ?? Number.NaN, y ?? Number.NaN];
      }),
    ]),
  );
}

function isDown(line: readonly Point[]): boolean {
  const [[, top = Number.NaN] = []] = line;
  return (line.at(-1)?.[1] ?? Number.NaN) > top;
}

describe('the pictures of the machines', () => {
  test.each([...files.keys()])('%s is as the machine is now (npm run visualize draws it)', (name) => {
    const committed = readFileSync(new URL(`../../visualizations/${name}`, import.meta.url), 'utf8');
    expect(committed).toBe(files.get(name));
  });

  test.each(Object.keys(MACHINES))('%s shows every state, event, guard and action', (name) => {
    const machine = MACHINES[name];
    if (machine === undefined) throw new Error(`expected a machine called ${name}, got none`);
    const svg = files.get(`${name}.svg`) ?? '';
    // long lines are broken
    const shown = [...svg.matchAll(/<text [^>]*>([^<]*)/g)].map(([, text = '']) => text.trim()).join(' ');
    const missing = allStates(chartOf(machine))
      .flatMap((state) => [
        state.name,
        state.description ?? '',
        ...state.entry,
        ...state.exit,
        ...state.transitions.flatMap(({ trigger, guard, actions }) => [trigger, guard ?? '', ...actions]),
      ])
      .filter((text) => !shown.includes(text));
    expect(missing).toEqual([]);
  });

  test.each(
    Object.entries(MACHINES),
  )('%s has every transition under its key, once in text', (name, machine) => {
    const svg = files.get(`${name}.svg`) ?? '';
    const keys = [...svg.matchAll(/<text [^>]*data-transition="([^"]*)"/g)].map(([, key]) => key);
    const transitions = allStates(chartOf(machine)).flatMap((state) => state.transitions);
    expect(keys.sort()).toEqual(transitions.map(({ key }) => key).sort());
  });

  test.each(
    Object.entries(MACHINES),
  )('%s has a line for every transition that leaves its state, down to a later one or up to an earlier', (name, machine) => {
    const states = allStates(chartOf(machine));
    const place = (path: string | null): number => states.findIndex((state) => state.path === path);
    const lines = linesOf(files.get(`${name}.svg`) ?? '');
    for (const [from, { path, transitions, states: inner }] of states.entries()) {
      for (const { key, target } of transitions) {
        const line = lines.get(key);
        // what keeps a state with states inside stands in its box
        const isKept = target === null || (target === path && inner.length > 0);
        expect([key, line !== undefined]).toEqual([key, !isKept]);
        if (line === undefined || target === path) continue;
        expect([key, isDown(line)]).toEqual([key, place(target) > from]);
      }
    }
  });

  test('the way of each role to its trust is a straight line down', () => {
    const lines = linesOf(files.get('authentication.svg') ?? '');
    for (const key of [
      'client.untrusted authentication.start 0',
      'client.proving.seedRequested peer.seedReceived 0',
      'client.proving.keySent peer.trustGranted 0',
      'server.untrusted peer.seedRequested 0',
      'server.seedSent peer.keyAccepted 0',
    ]) {
      const line = lines.get(key) ?? [];
      expect([key, line.length, new Set(line.map(([x]) => x)).size, isDown(line)]).toEqual([key, 2, 1, true]);
    }
  });

  test.each(
    Object.entries(MACHINES),
  )('%s has no label over another, nor over a state', async (_, machine) => {
    const rectangles = rectanglesOf((await layOut(chartOf(machine))).picture);
    const pairs = rectangles.flatMap((a, index) =>
      rectangles
        .slice(index + 1)
        .filter((b) => overlaps(a, b))
        .map((b) => `${a.id} and ${b.id}`),
    );
    expect(pairs).toEqual([]);
  });

  test.each(
    Object.keys(MACHINES),
  )('%s has every text inside the outer box, and none over another', (name) => {
    const svg = files.get(`${name}.svg`) ?? '';
    const number = (tag: string, attribute: string): number =>
      Number(new RegExp(` ${attribute}="([\\d.]+)"`).exec(tag)?.[1]);
    const [outer = ''] = /<rect class="box" data-state=""[^>]*>/.exec(svg) ?? [];
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)/g)].map(([tag, text = '']) => ({
      text,
      left: number(tag, 'x'),
      right: number(tag, 'x') + number(tag, 'textLength'),
      y: number(tag, 'y'),
    }));
    expect(texts.length).toBeGreaterThan(10);
    const right = number(outer, 'x') + number(outer, 'width');
    expect(texts.filter((text) => text.left < number(outer, 'x') || text.right > right)).toEqual([]);
    const overlapping = texts.flatMap((a, index) =>
      texts
        .slice(index + 1)
        .filter((b) => Math.abs(a.y - b.y) < 12 && a.left < b.right && b.left < a.right)
        .map((b) => `${a.text} and ${b.text}`),
    );
    expect(overlapping).toEqual([]);
  });

  /** The middle of the arrow of each key, where it is straight down. */
  const straightAt = (svg: string, keys: readonly string[]): (number | null)[] =>
    keys.map((key) => {
      const line = linesOf(svg).get(key) ?? [];
      const [[x = null] = []] = line;
      return isDown(line) && line.every(([each]) => each === x) ? x : null;
    });

  test.each([
    [
      'authentication',
      'client.untrusted authentication.start 0',
      'client.proving.seedRequested peer.seedReceived 0',
      'client.proving.keySent peer.trustGranted 0',
    ],
    ['authentication', 'server.untrusted peer.seedRequested 0', 'server.seedSent peer.keyAccepted 0'],
    [
      'connection',
      'disconnected connection.open 0',
      'connecting link.opened 0',
      'connected.shakingHands connection.trusted 0',
    ],
  ])('the story of the simple %s is one straight line down', (name, ...keys) => {
    const places = straightAt(files.get(`simple/${name}.svg`) ?? '', keys);
    expect(places).not.toContain(null);
    expect(new Set(places).size).toBe(1);
  });

  test.each(Object.keys(MACHINES))('the simple %s has text of 11 px in a column of 830 px', (name) => {
    const svg = files.get(`simple/${name}.svg`) ?? '';
    const [, width] = /viewBox="0 0 (\d+) /.exec(svg) ?? [];
    expect(svg).toContain('font: 12px');
    expect((12 * 830) / Math.max(Number(width), 830)).toBeGreaterThanOrEqual(11);
  });

  test.each(
    Object.entries(MACHINES),
  )('the simple %s has every state, and every transition that leads to another, and no guard or action', (name, machine) => {
    const svg = files.get(`simple/${name}.svg`) ?? '';
    const states = allStates(chartOf(machine));
    const boxes = [...svg.matchAll(/ data-state="([^"]*)"/g)].map(([, path]) => path);
    expect(boxes.sort()).toEqual(states.map(({ path }) => path).sort());
    const leaving = states.flatMap(({ path, transitions }) =>
      transitions.filter(({ target }) => target !== null && target !== path).map(({ key }) => key),
    );
    expect([...linesOf(svg).keys()].sort()).toEqual(leaving.sort());
    const inText = [...svg.matchAll(/<text [^>]*data-transition="([^"]*)"/g)];
    expect(inText.flatMap(([, keys = '']) => keys.split(';')).sort()).toEqual(leaving);
    expect(svg).not.toMatch(/<text class="(?:guard|action|description)"/);
  });

  test.each(
    Object.entries(MACHINES),
  )('the simple %s has no label over another, nor over a state', async (_, machine) => {
    const rectangles = rectanglesOf((await layOut(simpleOf(chartOf(machine)), true)).picture);
    const pairs = rectangles.flatMap((a, index) =>
      rectangles
        .slice(index + 1)
        .filter((b) => overlaps(a, b))
        .map((b) => `${a.id} and ${b.id}`),
    );
    expect(pairs).toEqual([]);
  });

  test('guards that are asked one after the other are numbered, and the last resort is called else', () => {
    const svg = files.get('authentication.svg') ?? '';
    const guards = [...svg.matchAll(/<text class="guard"[^>]*>([^<]*)/g)].map(([, text = '']) => text.trim());
    expect(guards).toContain('1. [is the client]');
    expect(guards).toContain('2. [else]');
    // one that is asked alone has no turn
    expect(guards).toContain('[may have another seed]');
  });

  test('actions say what they are given', () => {
    const shown = [...(files.get('authentication.svg') ?? '').matchAll(/<text class="action"[^>]*>([^<]*)/g)];
    const actions = shown.map(([, text = '']) => text.trim()).join(' ');
    for (const given of ['wrong-secret', 'no-answer', 'connection-lost', 'event.reason'])
      expect(actions).toContain(`report failed (${given})`);
  });
});
