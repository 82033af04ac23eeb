/** Mistakes that a chart could well have, each planted in a copy of its sources. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { lightActor, lightLogic } from '../../../src/session/light/light-logic.js';

/** A mistake, and the place where it is made. */
export interface Mistake {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** What makes logics and actors light. */
interface Door {
  readonly lightLogic: typeof lightLogic;
  readonly lightActor: typeof lightActor;
}

const LIGHT = 'src/session/light';
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The mistakes. */
export const MISTAKES: readonly Mistake[] = [
  {
    name: 'states are entered before others are left',
    file: 'chart',
    find: `      ...exited.flatMap((node) => exits.get(node) ?? []),
      ...own,
      ...entered.flatMap((node) => entries.get(node) ?? []),`,
    replace: `      ...entered.flatMap((node) => entries.get(node) ?? []),
      ...own,
      ...exited.flatMap((node) => exits.get(node) ?? []),`,
  },
  {
    name: 'a transition acts before states are left',
    file: 'chart',
    find: `      ...exited.flatMap((node) => exits.get(node) ?? []),
      ...own,`,
    replace: `      ...own,
      ...exited.flatMap((node) => exits.get(node) ?? []),`,
  },
  {
    name: 'states are entered from inside to outside',
    file: 'nodes',
    find: 'return [exited, entered.reverse()];',
    replace: 'return [exited, entered];',
  },
  {
    name: 'a transition to a state inside leaves its own state',
    file: 'nodes',
    find: 'const domain = isInside(target, source) && !reenter ? source : commonOf(target, source);',
    replace: 'const domain = source.parent === undefined ? source : commonOf(target, source);',
  },
  {
    name: 'a state is not entered again',
    file: 'nodes',
    find: 'isInside(target, source) && !reenter ?',
    replace: 'isInside(target, source) ?',
  },
  {
    name: 'the states around are asked first',
    file: 'chart',
    find: `          outwards(node)
            .flatMap(`,
    replace: `          outwards(node)
            .reverse()
            .flatMap(`,
  },
  {
    name: 'a wildcard comes before the event itself',
    file: 'nodes',
    find: '[type, ...wildcards]',
    replace: '[...wildcards, type]',
  },
  {
    name: 'a wildcard means what begins with the same letters',
    file: 'nodes',
    find: ' || type.startsWith(`',
    replace: ' || type.startsWith(prefix) || type.startsWith(`',
  },
  {
    name: 'a transition that does nothing lets the event through',
    file: 'chart',
    find: 'if (move.guard === null || move.guard(args)) return move;',
    replace: 'if (!move.isForbidden && (move.guard === null || move.guard(args))) return move;',
  },
  {
    name: 'a guard is asked of the event alone',
    file: 'guards',
    find: 'isTrue(args, paramsOf(args as Args))',
    replace: 'isTrue(args, undefined)',
  },
  {
    name: 'what a guard throws does not say where',
    file: 'chart',
    find: 'readTransition(node, transition, guardOfEvent)',
    replace: 'readTransition(node, transition, guardOf)',
  },
  {
    name: 'actions see the context from before the event',
    file: 'draft',
    find: '    this.args = { context, event, self, system };\n  }\n}',
    replace: '    Object.assign(this, { assigned: { context, event, self, system } });\n  }\n}',
  },
  {
    name: 'an assignment changes the context that was there',
    file: 'actions',
    find: 'const context: Record<string, unknown> = { ...args.context };',
    replace: 'const context = args.context as Record<string, unknown>;',
  },
  {
    name: 'others hear before the step is complete',
    file: 'draft',
    find: 'else scope.defer(effect);',
    replace: 'else effect();',
  },
  {
    name: 'an actor that is being made acts at once',
    file: 'actions',
    find: 'if (draft.isInitial) draft.execute(() => void implementation(args, params));\n    else ',
    replace: '',
  },
  {
    name: 'an actor that is being made sends before it acts',
    file: 'draft',
    find: 'scope.defer(() => scope.defer(effect))',
    replace: 'scope.defer(effect)',
  },
  {
    name: 'timers outlive their states',
    file: 'actions',
    find: 'system.scheduler.cancel(self, sendId)',
    replace: 'void sendId',
  },
  {
    name: 'transitions without an event are tried once',
    file: 'light-logic',
    find: 'while (!state.isFinal) {',
    replace: 'if (!state.isFinal) for (const _ of [1]) {',
  },
  {
    name: 'transitions without an event are tried only after a transition',
    file: 'light-logic',
    find: 'const draft = new Draft(scope, event, context, children, false);',
    replace:
      'const draft = new Draft(scope, event, context, children, false);\n  if (select(state.movesOn(type), draft.args) === undefined) return snapshot;',
  },
  {
    name: 'a final state leaves those below running',
    file: 'light-logic',
    find: 'draft.execute(() => stopActor(draft.scope, child))',
    replace: 'void 0',
  },
  {
    name: 'an actor that is done has not ended',
    file: 'light-logic',
    find: "new LightSnapshot('done',",
    replace: "new LightSnapshot('active',",
  },
  {
    name: 'an actor that is stopped leaves those below running',
    file: 'light-logic',
    find: `    stopAll(children, scope);
    return new LightSnapshot('stopped'`,
    replace: `    return new LightSnapshot('stopped'`,
  },
  {
    name: 'the failure of an actor below is ignored',
    file: 'light-logic',
    find: 'if (move === undefined && type.startsWith(ACTOR_FAILED)) {',
    replace: 'if (move === undefined && type === ACTOR_FAILED) {',
  },
  {
    name: 'a failure while an actor is made is thrown',
    file: 'light-logic',
    find: "return new LightSnapshot('error', error, to, context, NO_CHILDREN);",
    replace: 'throw error;',
  },
  {
    name: 'those below start after the first effects',
    file: 'light-logic',
    find: '      start: startChildren,\n',
    replace: '',
  },
  {
    name: 'an event that nobody handles makes a new snapshot',
    file: 'light-logic',
    find: 'return isSame ? before :',
    replace: 'return isSame && before === null ? before :',
  },
  {
    name: 'what is sent comes back',
    file: 'actions',
    find: 'draft.defer(() => relay(args.self, to, event))',
    replace: 'draft.defer(() => relay(args.self, args.self, event))',
  },
  {
    name: 'an actor below has the whole input of the one above',
    file: 'actions',
    find: 'input: inputOf(args)',
    replace: 'input: args.context',
  },
];

/** Mistakes that a light actor could well have. */
export const ACTOR_MISTAKES: readonly Mistake[] = [
  {
    name: 'an event is processed in the middle of another',
    file: 'actor',
    find: 'if (this.#isBusy) {',
    replace: 'if (this.#isBusy && this._processingStatus !== RUNNING) {',
  },
  {
    name: 'what others were to hear is told after a failure as well',
    file: 'actor',
    find: 'this.#deferred = null;\n        this.#snapshot =',
    replace: 'this.#snapshot =',
  },
  {
    name: 'an actor that has ended goes on',
    file: 'actor',
    find: '    this._processingStatus = STOPPED;\n  }\n\n  get #owner',
    replace: '  }\n\n  get #owner',
  },
  {
    name: 'timers outlive their actor',
    file: 'actor',
    find: 'this.system.cancelAll(this.#ref);',
    replace: '',
  },
  {
    name: 'an actor above does not hear of a failure',
    file: 'actor',
    find: '    this.#report({ type: `xstate.error',
    replace: '    if (this.#owner !== null) this.#report({ type: `xstate.error',
  },
  {
    name: 'an actor above does not hear of an end',
    file: 'actor',
    find: '    this.#report({ type: `xstate.done',
    replace: '    if (this.#owner !== null) this.#report({ type: `xstate.done',
  },
  {
    name: 'the owner hears of a failure as of a step',
    file: 'actor',
    find: "if (status === 'error') return this.#fail(error);\n    if (status === 'active'",
    replace: "if (status === 'error') this.#fail(error);\n    if (status !== 'stopped'",
  },
];

/**
 * The sources with a mistake.
 *
 * @throws Error where there is nothing to make the mistake in any more
 */
export async function withMistake(mistake: Mistake): Promise<Door> {
  const folder = join(ROOT, '.tmp', 'light-mistakes', mistake.name.replaceAll(' ', '-'));
  const files = readdirSync(join(ROOT, LIGHT)).map((name) => `${LIGHT}/${name}`);
  for (const file of [...files, 'src/session/asking/relay.ts']) {
    const source = readFileSync(join(ROOT, file), 'utf8');
    const isPlace = file === `${LIGHT}/${mistake.file}.ts`;
    if (isPlace && source.split(mistake.find).length !== 2)
      throw new Error(
        `expected one place to plant "${mistake.name}" in, got ${source.split(mistake.find).length - 1}`,
      );
    const text = isPlace ? source.replace(mistake.find, () => mistake.replace) : source;
    const target = join(folder, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  const { href } = pathToFileURL(join(folder, LIGHT, 'light-logic.ts'));
  return (await import(/* @vite-ignore */ href)) as Door;
}
