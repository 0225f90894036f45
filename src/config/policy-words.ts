import { z } from 'zod';

/** Nobody writes these by hand; longer ones come from somebody who wants to see what happens. */
export const MAX_TEXT = 1024;
const MAX_ITEMS = 1000;

export function text(what: string): z.ZodString {
  return z.string().min(1, `${what} must not be empty`).max(MAX_TEXT, `${what} is longer than ${MAX_TEXT} characters`);
}

export function listOf<Item extends z.ZodType>(item: Item): z.ZodArray<Item> {
  return z.array(item).max(MAX_ITEMS, `there are more than ${MAX_ITEMS} items`);
}

export function exact(what: string): z.ZodString {
  return text(what).regex(/^[^*?]*$/, `${what} is matched exactly; there are no wildcards`);
}

export const ApiGroup = z
  .string()
  .regex(/^[a-z0-9.-]*$/, 'group is an API group without version; "" is the core group');

export const Namespace = z.string().regex(/^[a-z0-9-]*$/, 'namespace is matched exactly; "" is cluster-wide');

/** Who accepts something, and why. */
export const decision = {
  owner: text('owner').describe('Who answers for it.'),
  reason: text('reason').describe('Why it is accepted; shown with every use.'),
};
