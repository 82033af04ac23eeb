import type { InspectionEvent } from 'xstate';
import { warnOfThrown } from '../base/thrown.js';
import { watchResult } from '../base/user-code.js';
import type { Inspector } from './options.js';

/** An inspector that throws or rejects must not take the actor with it: it is not called again. */
export function guarded(inspector: Inspector): (event: InspectionEvent) => void {
  let isBroken = false;
  const failed = (error: unknown): void => {
    // it may have been called several times before the first rejection
    if (isBroken) return;
    isBroken = true;
    const scope = failed;
    warnOfThrown('the inspector threw and is not called again', error, 'SP_INSPECTOR_FAILED', { scope });
  };
  return (event) => {
    if (isBroken) return;
    try {
      const result: unknown = typeof inspector === 'function' ? inspector(event) : inspector.next(event);
      if (result !== undefined) watchResult(result, failed);
    } catch (error) {
      failed(error);
    }
  };
}
