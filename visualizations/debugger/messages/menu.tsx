/** A button that opens a list of things to do, or of boxes to tick. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from '../app/icons.js';

/** Something that can be done. */
export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  /** Why it cannot be done now; null if it can. */
  readonly reason?: string | null;
  /** For what is switched on or off. */
  readonly isChecked?: boolean;
}

/**
 * Draws a menu.
 *
 * @param props its words, its items, which are made when it opens, and whether it stays open when one is chosen
 */
export function Menu(props: {
  readonly label: string;
  readonly icon: IconName;
  readonly id: string;
  readonly items: () => readonly MenuItem[];
  readonly isDisabled?: boolean;
  readonly staysOpen?: boolean;
  readonly children?: ComponentChildren;
}) {
  const { label, icon, id, items, isDisabled = false, staysOpen = false } = props;
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    box.current?.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
    };
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (!isOpen) return;
    if (event.key === 'Escape') close();
    else if (!moveFocus(box.current, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the items have the focus, this hears their keys
    <div class="menu" ref={box} onKeyDown={move}>
      <button
        type="button"
        ref={button}
        id={id}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        disabled={isDisabled}
        title={label}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={icon} />
        <span class="label">{label}</span>
      </button>
      {isOpen && (
        <div class="menu-list" role="menu" aria-labelledby={id}>
          {items().map(({ label: text, run, reason = null, isChecked }) => (
            // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the role is menuitemcheckbox where it is ticked
            <button
              key={text}
              type="button"
              role={isChecked === undefined ? 'menuitem' : 'menuitemcheckbox'}
              aria-checked={isChecked}
              aria-disabled={reason !== null}
              tabIndex={-1}
              onClick={() => {
                if (reason !== null) return;
                run();
                if (!staysOpen) close();
              }}
            >
              {isChecked !== undefined && <span class="tick">{isChecked && <Icon name="check" />}</span>}
              <span>
                {text}
                {reason !== null && <small>{reason}</small>}
              </span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function moveFocus(box: HTMLElement | null, key: string): boolean {
  const items = [...(box?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
  const place = items.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: items.length - 1 }[key];
  if (next === undefined) return false;
  items[(next + items.length) % items.length]?.focus();
  return true;
}
