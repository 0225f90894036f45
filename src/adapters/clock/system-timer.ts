import type { Timer } from '../../ports/timer.ts';

export function systemTimer(): Timer {
  return {
    after(delayMs, act) {
      const timeout = setTimeout(act, delayMs);
      return () => {
        clearTimeout(timeout);
      };
    },
  };
}
