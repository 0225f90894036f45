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

/** One, or a list of them: most people need one. */
export function oneOrMore<Item extends z.ZodType>(item: Item): z.ZodUnion<[Item, z.ZodArray<Item>]> {
  return z.union([item, listOf(item).min(1, 'an empty list names nobody')]);
}

/** What was written with oneOrMore. */
export function many<Item>(written: Item | readonly Item[] | undefined): readonly Item[] {
  if (written === undefined) return [];
  return Array.isArray(written) ? (written as readonly Item[]) : [written as Item];
}

export function exact(what: string): z.ZodString {
  return text(what).regex(/^[^*?]*$/, `${what} is matched exactly; there are no wildcards`);
}

/** A file of the tree that the policy stands in. */
export const FilePath = text('a path').regex(
  /^(?!\/|\.\/|.*(?:^|\/)\.\.(?:\/|$))[^*\\]*[^*\\/]$/,
  'a path names one file from the root of the repository: no leading / or ./, no .., no wildcards',
);

export const ApiGroup = z
  .string()
  .regex(/^[a-z0-9.-]*$/, 'group is an API group without version; "" is the core group');

export const Namespace = z.string().regex(/^[a-z0-9-]*$/, 'namespace is matched exactly; "" is cluster-wide');

/** Who accepts something, and why. */
export const decision = {
  owner: text('owner').describe('Who answers for it.'),
  reason: text('reason').describe('Why it is accepted; shown with every use.'),
};
