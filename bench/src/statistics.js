/** The middle of some numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}

/** How far the others are from the middle: half of the distance between the quartiles, as a part of it. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return (at(0.75) - at(0.25)) / 2 / median(numbers);
}

/**
 * The one that was the best of all rounds together: that with the highest median, and not the luckiest of each round.
 *
 * @param rounds figures by name, of which more is better
 * @param names those that compete; one that is missing in a round does not
 * @returns its name, or undefined where nobody competes
 */
export function bestOver(rounds, names) {
  let best;
  let highest = -Infinity;
  for (const name of names) {
    const figures = rounds.map((round) => round[name]);
    if (figures.length === 0 || figures.includes(undefined)) continue;
    const middle = median(figures);
    if (middle > highest) [best, highest] = [name, middle];
  }
  return best;
}

/** One figure divided by another of the same round, for each round that has both. */
export function ratios(rounds, name, other) {
  return rounds
    .filter((round) => round[name] !== undefined && round[other] !== undefined)
    .map((round) => round[name] / round[other]);
}
