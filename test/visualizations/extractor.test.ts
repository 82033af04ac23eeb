import { readFileSync } from 'node:fs';
import { extractMachinesFromFile } from '@xstate/machine-extractor';
import { describe, expect, test } from 'vitest';
import { MACHINES } from '../../src/inspector/all-machines.js';
import { allStates, chartOf } from '../../visualizations/generator/chart.js';

interface Config {
  readonly states?: Readonly<Record<string, Config>>;
  readonly on?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly always?: unknown;
}

/** Each state of an extracted config, with the events that it takes. */
function statesOf(config: Config, path: readonly string[] = []): Map<string, string[]> {
  const triggers = [
    ...Object.keys(config.on ?? {}),
    ...Object.keys(config.after ?? {}).map((delay) => `after ${delay}`),
    ...(config.always === undefined ? [] : ['always']),
  ];
  const states = new Map([[path.join('.'), triggers.sort()]]);
  for (const [key, state] of Object.entries(config.states ?? {}))
    for (const [name, events] of statesOf(state, [...path, key])) states.set(name, events);
  return states;
}

describe('what a static reader sees', () => {
  test.each(
    Object.entries(MACHINES),
  )('of %s is what runs: the same states with the same events', (name, machine) => {
    const source = readFileSync(new URL(`../../machines/${name}.ts`, import.meta.url), 'utf8');
    const machines = extractMachinesFromFile(source)?.machines ?? [];
    expect(machines).toHaveLength(1);
    const extracted = statesOf(machines[0]?.toConfig() as Config);
    const running = new Map(
      allStates(chartOf(machine)).map((state) => [
        state.path,
        [...new Set(state.transitions.map(({ trigger }) => trigger))].sort(),
      ]),
    );
    expect(extracted).toEqual(running);
  });
});
