/** Small programs on the original's interface, as data: what each side does, step by step, and what came of it. */

import type { JsonValue } from '../../../src/index.js';

export type Role = 'client' | 'server';
export type CodecName = 'pure_json' | 'struct_json';

/** How a side is made: the arguments of the original's constructors. */
export interface SideSetup {
  readonly secret: string | null;
  readonly auto_auth: boolean;
  readonly channel_name: string | null;
}

/** What a callback does, apart from being recorded. */
export type Behaviour = { readonly label: string } & (
  | { readonly do: 'answer'; readonly status: number; readonly data: JsonValue; readonly later?: boolean }
  | { readonly do: 'echo'; readonly status: number; readonly later?: boolean }
  /** Answers with how often it was called. */
  | { readonly do: 'count' }
  /** Answers with the extra arguments of its registration. */
  | { readonly do: 'arguments' }
  /** Returns a value that need not be an answer. */
  | { readonly do: 'return'; readonly value: JsonValue }
  /** Answers with data that JSON cannot carry. */
  | { readonly do: 'unsendable' }
  | { readonly do: 'raise'; readonly later?: boolean }
  /** Sends another message before it answers. */
  | { readonly do: 'send'; readonly service_id: number; readonly data_id: number; readonly data: JsonValue }
  /** Answers with the data of the request, one request for each call of `release`. */
  | { readonly do: 'hold'; readonly status: number }
  /** Is recorded for channel names as well, which all others let pass. */
  | { readonly do: 'record' }
);

/** Data that no codec can encode. */
export const UNSENDABLE: JsonValue = { $: 'unsendable' };

/**
 * A call on one side, under the original's name, times in seconds. `as` lets the program go on meanwhile; what an `unobserved`
 * call returns may differ from run to run.
 */
export interface CallStep {
  readonly side: Role;
  readonly call: string;
  readonly args: readonly (JsonValue | Behaviour)[];
  readonly as?: string;
  readonly unobserved?: boolean;
}

export type Step =
  | CallStep
  /** The result of a call that was begun. */
  | { readonly awaited: string }
  /** Goes on when everything that was sent on both sides has been handled; `first` is connected or will be. */
  | { readonly sync: Role };

/** A program of two sides. */
export interface Program {
  readonly title: string;
  readonly codec: CodecName;
  readonly client: SideSetup;
  readonly server: SideSetup;
  /** What the server does before there is a client. */
  readonly before: readonly CallStep[];
  readonly steps: readonly Step[];
}

/** What a call came to. */
export type Outcome = { readonly value: JsonValue } | { readonly error: string };

/** One side that runs: Python on the stand-in, or TypeScript on this library. */
export interface Side {
  call(name: string, args: readonly (JsonValue | Behaviour)[]): Promise<Outcome>;
}

/** Makes a side; `port` is the server's, for a client. Resolves with the port of a server. */
export type SideMaker = (
  role: Role,
  codec: CodecName,
  setup: SideSetup,
  port: number | null,
) => Promise<{ side: Side; port: number | null }>;

/** What can be observed of a program: one line for each call. */
export type Observed = readonly string[];

/** Runs a program on two sides. */
export async function runProgram(
  program: Program,
  makers: Readonly<Record<Role, SideMaker>>,
): Promise<Observed> {
  const { codec } = program;
  const observed: string[] = [];
  const begun = new Map<string, Promise<Outcome>>();
  let syncs = 0;

  const server = await makers.server('server', codec, program.server, null);
  const sides: Partial<Record<Role, Side>> = { server: server.side };
  const sideOf = (role: Role): Side => {
    const side = sides[role];
    if (side === undefined) throw new Error(`there is no ${role} yet`);
    return side;
  };
  const perform = async (step: CallStep): Promise<void> => {
    const { side, call, args, as, unobserved = false } = step;
    const outcome = sideOf(side).call(call, args);
    const text = `${side}.${call}(${args.map((each) => JSON.stringify(each)).join(', ')})`;
    if (as !== undefined) begun.set(as, outcome);
    else if (unobserved) await outcome;
    else observed.push(`${text} = ${shown(await outcome)}`);
  };
  const sync = async (first: Role): Promise<void> => {
    const second = first === 'client' ? 'server' : 'client';
    const number = syncs++;
    for (const [from, to] of [
      [first, second],
      [second, first],
    ] as const) {
      for (const outcome of [
        await sideOf(from).call('sync_send', [number]),
        await sideOf(to).call('sync_wait', [number]),
      ])
        if (!('value' in outcome) || outcome.value !== true)
          throw new Error(`${from} and ${to} do not reach each other: ${shown(outcome)} in ${program.title}`);
    }
  };

  try {
    for (const step of program.before) await perform(step);
    sides.client = (await makers.client('client', codec, program.client, server.port)).side;
    for (const step of program.steps) {
      if ('sync' in step) await sync(step.sync);
      else if ('awaited' in step)
        observed.push(
          `${step.awaited} = ${shown((await begun.get(step.awaited)) ?? { error: 'not begun' })}`,
        );
      else await perform(step);
    }
  } finally {
    await Promise.all(Object.values(sides).map((side) => side.call('close', [])));
  }
  return observed;
}

function shown(outcome: Outcome): string {
  return 'error' in outcome ? `raises ${outcome.error}` : JSON.stringify(outcome.value, sortedKeys);
}

/** Python and JavaScript may order the keys of an object differently. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
