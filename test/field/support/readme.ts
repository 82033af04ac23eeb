import { readFileSync } from 'node:fs';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const CODE = [...README.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);

/** The only program of the README in which a text occurs. */
export function programWith(text: string): string {
  const found = CODE.filter((code) => code.includes(text));
  if (found.length !== 1) throw new Error(`the README has ${found.length} programs with ${text}`);
  return found[0] ?? '';
}
