import type { Stage } from './stage.js';

/** The groups of stages. The simulations reach into the runtime when they are loaded, so they are loaded last. */
const GROUPS: readonly (() => Promise<readonly Stage[]>)[] = [
  async () => (await import('./wire/index.js')).wireStages,
  async () => (await import('./authentication/index.js')).authenticationStages,
  async () => (await import('./models/index.js')).modelStages,
  async () => (await import('./torture/index.js')).tortureStages,
  async () => (await import('./resources/index.js')).resourceStages,
  async () => (await import('./flow/index.js')).flowStages,
  async () => (await import('./share/index.js')).shareStages,
  async () => (await import('./mutants/index.js')).mutantStages,
  async () => (await import('./simulation/index.js')).simulationStages,
  async () => (await import('./fleet/index.js')).fleetStages,
];

/** All stages, in the order in which they are run. */
export async function loadStages(): Promise<readonly Stage[]> {
  const groups: (readonly Stage[])[] = [];
  for (const load of GROUPS) groups.push(await load());
  return groups.flat();
}

/** The stage of a name, with no more loaded than it takes to find it. */
export async function loadStage(name: string): Promise<Stage> {
  for (const load of GROUPS) {
    const stage = (await load()).find((each) => each.name === name);
    if (stage !== undefined) return stage;
  }
  throw new Error(`expected the name of a stage, got ${name}`);
}
