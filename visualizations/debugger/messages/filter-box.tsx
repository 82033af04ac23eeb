/** The filter: what is typed, what can be typed next, and what is wrong. */

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Icon } from '../app/icons.js';
import type { Store } from '../store/store.js';
import type { MessagesModel } from './model.js';
import { type Suggestion, suggestionsFor } from './suggestions.js';

export function FilterBox({ store, model }: { store: Store; model: MessagesModel }) {
  const input = useRef<HTMLInputElement>(null);
  // signals: a person's next key may come before the last one is drawn
  const offers = useSignal<readonly Suggestion[]>([]);
  const place = useSignal(-1);
  const fault = model.fault.value;
  const text = store.filter.value;

  const offer = () => {
    const element = input.current;
    if (element === null) return;
    const caret = element.selectionStart ?? element.value.length;
    offers.value = suggestionsFor(element.value, caret, model.knownValues);
    place.value = -1;
  };
  const close = () => {
    offers.value = [];
  };
  const take = (suggestion: Suggestion) => {
    const element = input.current;
    if (element === null) return;
    const caret = element.selectionStart ?? element.value.length;
    const before = element.value.slice(0, suggestion.from) + suggestion.insert;
    const whole = before + element.value.slice(caret);
    store.filter.value = whole;
    element.value = whole;
    element.setSelectionRange(before.length, before.length);
    element.focus();
    offer();
  };
  const press = (event: KeyboardEvent) => {
    const { key } = event;
    const [offered, active] = [offers.peek(), place.peek()];
    const suggestion = offered[active];
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      if (offered.length === 0) offer();
      else {
        const count = offered.length + 1;
        place.value = ((active + 1 + (key === 'ArrowDown' ? 1 : -1) + count) % count) - 1;
      }
    } else if ((key === 'Enter' || key === 'Tab') && suggestion !== undefined) take(suggestion);
    else if (key === 'Enter') close();
    else if (key === 'Escape' && offered.length > 0) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const [offered, active] = [offers.value, place.value];
  const isOpen = offered.length > 0;
  return (
    <div class="filter">
      <label class="filter-field">
        <Icon name="search" />
        <span class="hidden">Filter</span>
        <input
          id="filter"
          ref={input}
          type="text"
          role="combobox"
          aria-expanded={isOpen}
          aria-controls="filter-suggestions"
          aria-autocomplete="list"
          aria-activedescendant={active < 0 ? undefined : `suggestion-${active}`}
          aria-invalid={fault !== null}
          aria-describedby="filter-fault"
          placeholder="Filter: text, service:read, status:!okay, latency:>100ms …"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            store.filter.value = event.currentTarget.value;
            offer();
          }}
          onClick={offer}
          onFocus={offer}
          onBlur={close}
          onKeyDown={press}
        />
        {text !== '' && (
          <button
            type="button"
            class="icon-button"
            aria-label="Clear the filter"
            onClick={() => {
              store.filter.value = '';
              input.current?.focus();
            }}
          >
            <Icon name="close" />
          </button>
        )}
        {text === '' && <kbd>/</kbd>}
      </label>
      <div
        class="suggestions"
        id="filter-suggestions"
        role="listbox"
        aria-label="Suggestions"
        hidden={!isOpen}
      >
        {offered.map((suggestion, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
          <div
            key={suggestion.label}
            id={`suggestion-${index}`}
            role="option"
            aria-selected={index === active}
            // before the input loses the focus
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion)}
          >
            <code>{suggestion.label}</code>
            <span>{suggestion.hint}</span>
          </div>
        ))}
      </div>
      <div class="fault" id="filter-fault" role="status">
        {fault !== null && (
          <>
            <Icon name="trouble" />
            <span>
              {fault.message}
              {fault.to > fault.from && text.slice(fault.from, fault.to) !== '' && (
                <>
                  {' '}
                  — <code>{text.slice(0, fault.from)}</code>
                  <mark>{text.slice(fault.from, fault.to)}</mark>
                  <code>{text.slice(fault.to)}</code>
                </>
              )}
              . The filter before it stays in force.
            </span>
          </>
        )}
      </div>
    </div>
  );
}
