/**
 * JSON as text, kept as it is: numbers of any size stay what they were, as do `NaN` and the infinities, which Python writes.
 * Written anew it has no character that a terminal obeys and none that a shell splits at a line.
 */

/** A piece of JSON. */
type Token =
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string };

const TOKEN =
  /[\t\n\r ]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))|(true|false|null|NaN|-?Infinity)\b)/suy;

/** The pieces of a JSON text; null where it is none. */
function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const [, mark, quoted, number, word] = match;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else {
      const value = stringIn(quoted ?? '');
      if (value === null) return null;
      tokens.push({ kind: 'text', value });
    }
  }
  return tokens;
}

function stringIn(quoted: string): string | null {
  try {
    // Python's reader, told so, takes characters that JSON wants escaped
    const escaped = quoted.replace(/\p{Cc}/gu, escapeOf);
    const value: unknown = JSON.parse(escaped);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/**
 * A JSON text in its shortest form, on one line.
 *
 * @returns null for a text that is no JSON
 */
export function compactJson(text: string): string | null {
  const tokens = tokensOf(text);
  if (tokens === null || tokens.length === 0) return null;
  return tokens.map((token) => (token.kind === 'text' ? quotedText(token.value) : token.text)).join('');
}

/**
 * A JSON text as an expression of TypeScript that has the same value.
 *
 * @returns null for a text that is no JSON
 */
export function typeScriptOf(text: string): string | null {
  const tokens = tokensOf(text);
  if (tokens === null || tokens.length === 0) return null;
  let result = '';
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    switch (token.kind) {
      case 'mark':
        result +=
          { ',': ', ', ':': ': ', '{': '{ ', '}': ' }', '[': '[', ']': ']' }[token.text] ?? token.text;
        break;
      case 'number':
        result += numberOf(token.text);
        break;
      case 'word':
        result += token.text;
        break;
      case 'text': {
        const isKey = next?.kind === 'mark' && next.text === ':';
        result += isKey ? keyOf(token.value) : literalOf(token.value);
      }
    }
  }
  return result.replaceAll('{  }', '{}');
}

/** Integers beyond 2^53 are bigints, of which the library sends every digit. */
function numberOf(text: string): string {
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)) ? `${text}n` : text;
}

/** `__proto__` in a literal would be the prototype. */
function keyOf(key: string): string {
  if (key === '__proto__') return `['__proto__']`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : literalOf(key);
}

function literalOf(value: string): string {
  const body = quotedText(value).slice(1, -1);
  return `'${body.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Characters that a terminal obeys or that turn text around, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function quotedText(value: string): string {
  return JSON.stringify(value).replace(UNPRINTABLE, escapeOf);
}

function escapeOf(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
