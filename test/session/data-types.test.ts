import { describe, expectTypeOf, test } from 'vitest';
import type { JsonValue, Session } from '../../src/index.js';

interface Place {
  readonly room: string;
  floor?: number;
}

interface Reading {
  celsius: number | null;
  history: Reading[];
  places: readonly Place[];
}

declare const session: Session;
const readAs = <T>(read: () => Promise<T>): Promise<T> => read();

describe('the type that a caller gives to what a peer answers', () => {
  test('may be an interface', () => {
    const answer = () => readAs(() => session.read<Reading>(7));
    expectTypeOf(answer).returns.resolves.toEqualTypeOf<Reading>();
    const written = () => readAs(() => session.write<Reading | null>(7, 1));
    expectTypeOf(written).returns.resolves.toEqualTypeOf<Reading | null>();
    const executed = () => readAs(() => session.execute<[Place, number]>(7));
    expectTypeOf(executed).returns.resolves.toEqualTypeOf<[Place, number]>();
    const watched = () => session.watch<Reading>(7);
    type Watched = ReturnType<typeof watched> extends AsyncIterable<infer R> ? R : never;
    expectTypeOf<Watched['value']>().toEqualTypeOf<Reading>();
  });

  test('is any JSON where none is given', () => {
    expectTypeOf(() => session.read(7)).returns.resolves.toEqualTypeOf<JsonValue>();
  });

  test('is nothing that JSON cannot bring', () => {
    // @ts-expect-error a Date arrives as a string
    const date = () => session.read<Date>(7);
    // @ts-expect-error a Map arrives as an empty object
    const map = () => session.read<Map<string, number>>(7);
    // @ts-expect-error methods do not arrive
    const withMethod = () => session.read<{ now(): number }>(7);
    expectTypeOf([date, map, withMethod]).toBeArray();
  });
});
