import { describe, expect, test } from 'vitest';
import { REASONS, textOfReason } from '../../src/index.js';
import {
  AUTHENTICATION_REASONS,
  BUS_REASONS,
  DECODING_DROPS,
  FRAMING_DROPS,
  isLinkReason,
  LEASE_REASONS,
  LINK_REASONS,
  LISTEN_REASONS,
  MESSAGE_DROPS,
  MIDDLEWARE_REASONS,
  NOTES,
  PEER_REFUSALS,
  REFUSAL_REASONS,
  STATUS_REASONS,
  TIMEOUT_REASONS,
  VALIDATION_REASONS,
} from '../../src/protocol/reasons.js';

type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The tables of reasons; a note is no reason. */
const TABLES: Tables = {
  LINK_REASONS,
  AUTHENTICATION_REASONS,
  TIMEOUT_REASONS,
  LISTEN_REASONS,
  REFUSAL_REASONS,
  PEER_REFUSALS,
  STATUS_REASONS,
  FRAMING_DROPS,
  DECODING_DROPS,
  MESSAGE_DROPS,
  VALIDATION_REASONS,
  MIDDLEWARE_REASONS,
  BUS_REASONS,
  LEASE_REASONS,
};
const ALL_TABLES: Tables = { ...TABLES, NOTES };
const ENTRIES = Object.values(TABLES).flatMap(Object.entries);

describe('the reasons', () => {
  test.each(Object.entries(ALL_TABLES))('%s has codes in kebab case, each with a text', (_, table) => {
    const codes = Object.keys(table);
    expect(codes.length).toBeGreaterThan(3);
    expect(codes.filter((code) => !/^[a-z]+(-[a-z]+)*$/.test(code))).toEqual([]);
    expect(codes.filter((code) => !/^\S.*\S$/.test(table[code] ?? ''))).toEqual([]);
  });

  test('have one meaning for each code, whichever tables it is in', () => {
    const meanings = new Map<string, Set<string>>();
    for (const [code, text] of ENTRIES) meanings.set(code, (meanings.get(code) ?? new Set()).add(text));
    expect([...meanings].filter(([, texts]) => texts.size > 1)).toEqual([]);
  });

  test('have one code for each meaning', () => {
    const codes = new Map<string, Set<string>>();
    for (const [code, text] of ENTRIES) codes.set(text, (codes.get(text) ?? new Set()).add(code));
    expect([...codes].filter(([, each]) => each.size > 1)).toEqual([]);
  });

  test('are all in REASONS, and there is no other', () => {
    expect(REASONS).toEqual(Object.fromEntries(ENTRIES));
    expect(Object.isFrozen(REASONS)).toBe(true);
    for (const [code, text] of Object.entries(REASONS))
      expect(textOfReason(code as keyof typeof REASONS)).toBe(text);
  });

  test.each([
    ['peer-closed', true],
    ['too-many-wrong-keys', true],
    ['wrong-secret', false],
    ['toString', false],
    ['the peer closed the connection', false],
    [undefined, false],
    [7, false],
  ])('%j is a reason for having no connection: %s', (text, isOne) => {
    expect(isLinkReason(text)).toBe(isOne);
  });
});
