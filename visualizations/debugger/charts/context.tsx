/** The context of an actor: what the last step has changed, then the rest. */

import { differences } from './differences.js';

export function Context({ contextBefore, context }: { contextBefore: unknown; context: unknown }) {
  const { changed, same } = differences(contextBefore, context);
  if (changed.length === 0 && same.length === 0) return null;
  return (
    <section class="chart-context" aria-label="Context">
      <h2>Context</h2>
      {changed.length > 0 && (
        <dl>
          {changed.map(({ path, before, after }) => (
            <div key={path} class="changed">
              <dt>{path}</dt>
              <dd class="mono">
                <del>{before ?? 'none'}</del> → <ins>{after ?? 'none'}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {same.length > 0 && (
        <details open={changed.length === 0}>
          <summary>{`${same.length} unchanged`}</summary>
          <dl>
            {same.map(({ path, value }) => (
              <div key={path}>
                <dt>{path}</dt>
                <dd class="mono">{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </section>
  );
}
