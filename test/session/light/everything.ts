/** A machine of no use that has everything that a chart can hold, also what no machine of a session has. */

import {
  type AnyActorRef,
  assign,
  emit,
  enqueueActions,
  fromTransition,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { notProvided } from '../../../machines/not-provided.js';

const parent = ({ self }: { self: AnyActorRef }): AnyActorRef => self._parent ?? self;

interface Context {
  readonly count: number;
  readonly seen: string;
}

type Enqueue = (action: string | { readonly type: string; readonly params: object }) => void;

type Event =
  | {
      type:
        | 'go'
        | 'back'
        | 'again'
        | 'deep'
        | 'self'
        | 'stay'
        | 'end'
        | 'chain'
        | 'spawn'
        | 'stop'
        | 'tell'
        | 'pick';
    }
  | { type: 'news.of.today' | 'news.of.old' | 'news' | 'link.opened' | 'link.closed' };

/** It goes wherever its events say. */
export const everythingMachine = setup({
  types: { context: {} as Context, events: {} as Event, input: {} as { count: number } | undefined },
  actors: { worker: fromTransition((state: object) => state, {}) },
  actions: {
    note: notProvided<{ where: string; count?: number }>('note'),
    shout: notProvided('shout'),
    count: assign({ count: ({ context }) => context.count + 1 }),
    remember: assign(({ context, event }) => ({ seen: `${context.seen} ${event.type}`.slice(-40) })),
    report: sendTo(parent, ({ context, event }, params: { what: string }) => ({
      type: `reported.${params.what}`,
      count: context.count,
      cause: event.type,
    })),
    announce: emit(({ context }) => ({ type: 'announced', count: context.count })),
    'spawn a worker': spawnChild('worker', { id: 'worker' }),
    'stop the worker': stopChild('worker'),
    'tell the worker': sendTo('worker', ({ event }) => event),
    pick: enqueueActions(({ context, enqueue }: { context: Context; enqueue: Enqueue }) => {
      enqueue('count');
      if (context.count % 2 === 0) enqueue({ type: 'note', params: { where: 'even' } });
      else enqueue('shout');
      enqueue('announce');
    }) as () => void,
  },
  guards: {
    'counts less than': ({ context }, params: { limit: number }) => context.count < params.limit,
    'is even': ({ context }) => context.count % 2 === 0,
  },
  delays: { pause: ({ context }) => 100 + context.count },
}).createMachine({
  id: 'everything',
  context: ({ input }) => ({ count: input?.count ?? 0, seen: '' }),
  entry: [
    { type: 'report', params: { what: 'beginning' } },
    'shout',
    'announce',
    { type: 'note', params: ({ context }) => ({ where: 'everything', count: context.count }) },
  ],
  exit: ['announce', { type: 'note', params: { where: 'the end of everything' } }],
  initial: 'outer',
  on: {
    end: '.over',
    back: { target: '.outer', actions: 'count' },
    deep: {
      target: '.outer.second.inner',
      actions: ['remember', { type: 'note', params: { where: 'deep' } }],
    },
    spawn: { actions: 'spawn a worker' },
    stop: { actions: 'stop the worker' },
    tell: { actions: 'tell the worker' },
    pick: { actions: 'pick' },
    '*': { actions: { type: 'note', params: { where: 'anything' } } },
    'news.*': { actions: { type: 'note', params: { where: 'news' } } },
    'news.of.*': [
      { guard: 'is even', actions: { type: 'note', params: { where: 'even news' } } },
      { actions: [{ type: 'note', params: { where: 'odd news' } }, 'count'] },
    ],
    'news.of.today': { guard: 'is even', actions: { type: 'note', params: { where: 'news of today' } } },
  },
  states: {
    outer: {
      entry: { type: 'note', params: ({ context }) => ({ where: 'outer', count: context.count }) },
      exit: [{ type: 'note', params: { where: 'out of outer' } }, 'count'],
      initial: 'first',
      on: {
        go: '.second',
        self: { target: 'outer', actions: 'count' },
        again: { target: 'outer', reenter: true, actions: 'count' },
        stay: {},
      },
      after: {
        pause: { target: '.first', actions: { type: 'note', params: { where: 'after the pause' } } },
        50: { guard: 'is even', actions: 'shout' },
      },
      states: {
        first: {
          entry: [{ type: 'report', params: { what: 'first' } }, 'shout'],
          exit: { type: 'note', params: { where: 'out of first' } },
          on: {
            back: { target: 'first', reenter: true, actions: ['count', 'announce'] },
            stop: { target: 'first', actions: 'remember' },
            chain: { target: '#everything.chained', actions: 'count' },
          },
        },
        second: {
          entry: ['count', { type: 'report', params: { what: 'second' } }],
          exit: ['remember', { type: 'note', params: { where: 'out of second' } }],
          initial: 'inner',
          on: { self: { target: 'second', actions: 'count' }, again: { target: '.inner', reenter: true } },
          after: { pause: '#everything.outer' },
          states: {
            inner: {
              entry: 'shout',
              exit: [{ type: 'note', params: { where: 'out of inner' } }, 'announce'],
              on: { go: 'innermost', again: { target: '#everything.outer', reenter: true } },
            },
            innermost: {
              entry: { type: 'note', params: { where: 'innermost' } },
              always: { guard: 'is even', actions: 'shout' },
              on: { self: { target: 'innermost' }, go: { target: 'inner', actions: 'count' } },
            },
          },
        },
      },
    },
    chained: {
      entry: 'count',
      initial: 'one',
      always: {
        guard: { type: 'counts less than', params: { limit: 30 } },
        target: 'outer',
        actions: 'count',
      },
      states: {
        one: {
          always: {
            guard: { type: 'counts less than', params: ({ context }) => ({ limit: context.seen.length }) },
            target: 'two',
            actions: 'remember',
          },
        },
        two: { entry: 'count', always: { target: 'three', actions: ['count', 'announce'] } },
        three: { always: { target: '#everything.outer.second.innermost', actions: 'shout' } },
      },
    },
    over: {
      type: 'final',
      entry: ['announce', 'shout'],
      exit: { type: 'note', params: { where: 'out of over' } },
    },
  },
});
