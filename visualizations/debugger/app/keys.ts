/** The keys: each part of the page says which it has, while it is there; the list of keys shows them all. */

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** What a key does. */
export interface KeyBinding {
  /** As the browser names them: `/`, `ArrowUp`. */
  readonly keys: readonly string[];
  /** For the list of keys. */
  readonly what: string;
  /** Gets the key. */
  readonly run: (key: string) => void;
}

/** Bindings by the part that has them; a later part takes a key from an earlier one. */
export const bound = signal<readonly { readonly part: string; readonly bindings: readonly KeyBinding[] }[]>(
  [],
);

/**
 * Binds keys.
 *
 * @param part what has them: a heading in the list of keys
 * @returns what gives them back
 */
export function bindKeys(part: string, bindings: readonly KeyBinding[]): () => void {
  const layer = { part, bindings };
  bound.value = [...bound.peek(), layer];
  return () => (bound.value = bound.peek().filter((each) => each !== layer));
}

/** Binds keys while a component is there; what they do may change from one drawing to the next. */
export function useKeys(part: string, bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(
    () =>
      bindKeys(
        part,
        bindings.map(({ keys, what }, place) => ({
          keys,
          what,
          run: (key) => latest.current[place]?.run(key),
        })),
      ),
    [part],
  );
}

/** Whether an element needs a key for itself. */
function needs(target: Element, key: string): boolean {
  if (target instanceof HTMLInputElement) {
    if (target.type === 'range') return /^(?:Arrow|Home|End|Page)/.test(key);
    if (target.type === 'checkbox' || target.type === 'radio') return key === ' ' || key.startsWith('Arrow');
    return true;
  }
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target.closest('dialog') !== null) return true;
  return target.matches('button, summary, a') && (key === ' ' || key === 'Enter');
}

/** Runs what a key is bound to, unless the element that has the focus needs it. */
export function runKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (event.key === 'Escape' && target instanceof HTMLElement && needs(target, 'x')) {
    target.blur();
    return;
  }
  if (needs(target, event.key)) return;
  for (const { bindings } of [...bound.peek()].reverse()) {
    const binding = bindings.find(({ keys }) => keys.includes(event.key));
    if (binding === undefined) continue;
    event.preventDefault();
    binding.run(event.key);
    return;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
};

/** A key as its cap shows it. */
export const keyName = (key: string): string => NAMES[key] ?? key;
