/** Small numbers for names that come up again and again: states, events, reasons. They are a closed set, as those of machines are. */

const names: string[] = [''];
const numbers = new Map<string, number>([['', 0]]);

/**
 * The number of a name, the same for all sessions of the process; 0 for none.
 *
 * @param name never what a peer has sent, because it is kept for ever
 */
export function numberOf(name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  names.push(name);
  numbers.set(name, names.length - 1);
  return names.length - 1;
}

/** The name of a number. */
export function nameOf(number: number): string {
  return names[number] ?? '';
}
