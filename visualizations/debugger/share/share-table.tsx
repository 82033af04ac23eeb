/** The table of a shared device. */

import { count } from '../store/texts.js';
import type { GroupWorld } from '../store/world.js';
import { COLUMNS, rowsOf, shareOf, summaryOf } from './share.js';

/** Draws nothing where the session is no share. */
export function ShareTable({ world }: { world: GroupWorld | undefined }) {
  const share = shareOf(world);
  if (share === null) return null;
  return (
    <section id="share" class="share" aria-label="Who waits for what">
      <h3>Who waits for what</h3>
      <p class="quiet">{summaryOf(share)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keys */}
      <section class="wide" tabIndex={0} aria-label="Programs">
        <table>
          <thead>
            <tr>
              {COLUMNS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rowsOf(share).map(
              ({ cells: [name = '', awaited = '', ...counts], hasLease, isTrouble }, place) => (
                <tr key={place} class={isTrouble ? 'trouble' : ''}>
                  <th scope="row">{hasLease ? `${name} (has the lease)` : name}</th>
                  <td>{awaited}</td>
                  {counts.map((each, column) => (
                    <td key={column} class="number">
                      {count(Number(each))}
                    </td>
                  ))}
                </tr>
              ),
            )}
          </tbody>
        </table>
      </section>
    </section>
  );
}
