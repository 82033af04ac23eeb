/** Whether a word is a key of a table; a recording may have words that no table has. */
export function isOneOf<K extends string>(table: Readonly<Record<K, unknown>>, word: string): word is K {
  return Object.hasOwn(table, word);
}
