/** A row of tabs: one stop for the keyboard, arrows within it. Where there is no room for all, the open one is in sight. */

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface Tab<Name extends string> {
  readonly name: Name;
  readonly id: string;
  /** The id of what it opens. */
  readonly panel: string;
  readonly content: ComponentChildren;
  readonly isTrouble?: boolean;
}

/**
 * Draws tabs; what they open is drawn elsewhere.
 *
 * @param props the tabs, which one is open, and what opens another
 */
export function Tabs<Name extends string>(props: {
  readonly label: string;
  readonly tabs: readonly Tab<Name>[];
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
}) {
  const { label, tabs, chosen, choose } = props;
  const open = tabs.find(({ name }) => name === chosen)?.id;
  useEffect(() => {
    document.getElementById(open ?? '')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [open]);
  const move = (event: KeyboardEvent) => {
    const by = STEPS[event.key];
    if (by === undefined) return;
    const place = tabs.findIndex(({ name }) => name === chosen);
    const next = tabs[by === 0 ? 0 : by === 9 ? tabs.length - 1 : (place + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next.name);
    document.getElementById(next.id)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ name, id, panel, content, isTrouble = false }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={id}
          class={isTrouble ? 'trouble' : ''}
          aria-selected={name === chosen}
          aria-controls={name === chosen ? panel : undefined}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => choose(name)}
        >
          {content}
        </button>
      ))}
    </div>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: 0, End: 9 };
