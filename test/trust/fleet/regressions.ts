/** Fleets in which something was once broken; they are run first. */
export const FLEET_REGRESSIONS: readonly { readonly seed: number; readonly what: string }[] = [
  { seed: 1596285129, what: 'an arrival lost after the list of a gateway and before its first event' },
  {
    seed: 1439904613,
    what: 'a watcher that asked for lists for ever, for a sign of life that came while it asked',
  },
];
