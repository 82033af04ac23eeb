/** The list of the keys. */

import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.js';
import { bound, keyName } from './keys.js';
import { isHelpOpen } from './state.js';

/** The list of the keys that do something now. */
export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
    if (!isOpen) dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (isHelpOpen.value = false)}>
      {isOpen && (
        <>
          <div class="bar">
            <h2 id="help-title">Keys</h2>
            <button
              type="button"
              class="icon-button"
              aria-label="Close"
              onClick={() => (isHelpOpen.value = false)}
            >
              <Icon name="close" />
            </button>
          </div>
          <div class="key-groups">
            {bound.value.map(({ part, bindings }) => (
              <section key={part}>
                <h3>{part}</h3>
                <dl class="keys">
                  {bindings.map(({ keys, what }) => (
                    <div key={what}>
                      <dt>
                        {keys.map((key) => (
                          <kbd key={key}>{keyName(key)}</kbd>
                        ))}
                      </dt>
                      <dd>{what}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </>
      )}
    </dialog>
  );
}
