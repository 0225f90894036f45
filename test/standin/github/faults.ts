import type { Fault } from './types.ts';

export interface Faults {
  add(fault: Fault): void;
  /** The next fault that fits, used up by one. */
  take(request: string): Fault | undefined;
}

export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; left: number }[] = [];
  return {
    add(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(request) {
      const found = waiting.find(({ fault, left }) => left > 0 && fits(fault.match, request));
      if (!found) return undefined;
      found.left -= 1;
      return found.fault;
    },
  };
}

function fits(match: string | RegExp, request: string): boolean {
  return typeof match === 'string' ? request.includes(match) : match.test(request);
}
