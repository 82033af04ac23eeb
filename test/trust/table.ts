import type { Reached } from './stage.js';

/** A table of figures as aligned text: id, what, goal, reached, and a mark for each that was missed. */
export function tableOf(reached: readonly Reached[]): string {
  const rows = [
    ['', 'figure', 'what', 'goal', 'reached'],
    ...reached.map((each) => [each.isReached ? 'ok' : 'MISSED', each.id, each.what, each.goal, each.reached]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}
