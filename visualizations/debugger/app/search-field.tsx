/** A field that searches as soon as something is typed. */

import type { ComponentChildren } from 'preact';
import { Icon } from './icons.js';

/**
 * Draws the field.
 *
 * @param props what it is called by those who hear the page, what is typed in it, and what stands at its end: the key that leads to it
 */
export function SearchField(props: {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly search: (text: string) => void;
  readonly children?: ComponentChildren;
}) {
  const { id, label, text, search, children } = props;
  return (
    <label class="search">
      <Icon name="search" />
      <span class="hidden">{label}</span>
      <input
        id={id}
        type="search"
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => search(event.currentTarget.value)}
      />
      {children}
    </label>
  );
}
