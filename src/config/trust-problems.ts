import type { z } from 'zod';
import { canonicalJson } from '../model/json.ts';
import type { ImageEntry } from './image-schema.ts';
import { many } from './texts.ts';
import { declared, keysIn } from './trust-keys.ts';
import type { Trust } from './trust-schema.ts';

type Entry = z.infer<typeof ImageEntry>;

export interface TrustProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What no entry shows by itself: names that stand for nothing, and one key with two meanings. */
export function trustProblems(images: readonly Entry[], trust: z.infer<typeof Trust>): readonly TrustProblem[] {
  const entries = images.flatMap((entry, index) =>
    [...authorityProblems(entry, trust), ...rootProblems(entry, trust)].map(({ path, message }) => ({
      path: ['images', index, 'require', ...path],
      message,
    })),
  );
  return [...entries, ...keyProblems(images)];
}

function authorityProblems({ require }: Entry, trust: z.infer<typeof Trust>): readonly TrustProblem[] {
  const known = new Set(trust.authorities.map(({ file }) => file));
  return signers(require, 'certificate')
    .filter(({ one }) => !known.has(one.authority))
    .map(({ one, path }) => ({
      path: [...path, 'authority'],
      message: `${one.authority} is not listed under trust.authorities`,
    }));
}

function rootProblems({ require }: Entry, trust: z.infer<typeof Trust>): readonly TrustProblem[] {
  const { publicGood, github = publicGood, roots } = trust;
  // What the roots that presync knows from the start are called.
  const brought = [...(publicGood ? ['public-good'] : []), ...(github ? ['github'] : [])];
  const known = new Set([...brought, ...roots.map((one) => (typeof one === 'string' ? one : one.file))]);
  return signers(require, 'keyless').flatMap(({ one, path }) => {
    if (known.size === 0)
      return [
        { path, message: 'no root is trusted that could prove it (trust.publicGood, trust.github, trust.roots)' },
      ];
    if (one.root === undefined || known.has(one.root)) return [];
    const message = `${one.root} is neither listed under trust.roots nor an instance that is trusted (public-good, github)`;
    return [{ path: [...path, 'root'], message }];
  });
}

type Kind = 'keyless' | 'certificate';
type Signer<K extends Kind> = Exclude<NonNullable<NonNullable<Entry['require']['signature']>[K]>, readonly unknown[]>;

function signers<K extends Kind>(
  { signature, provenance }: Entry['require'],
  kind: K,
): readonly { readonly one: Signer<K>; readonly path: readonly (string | number)[] }[] {
  const written = signature?.[kind];
  const isList = Array.isArray(written);
  return [
    ...many(written as Signer<K> | readonly Signer<K>[] | undefined).map((one, index) => ({
      one,
      path: ['signature', kind, ...(isList ? [index] : [])],
    })),
    ...many(provenance?.signer?.[kind] as Signer<K> | undefined).map((one) => ({
      one,
      path: ['provenance', 'signer', kind],
    })),
  ];
}

/** A signature is verified once for each key; with two meanings nobody could say by which it was. */
function keyProblems(images: readonly Entry[]): readonly TrustProblem[] {
  const all = images.flatMap((entry, index) =>
    keysIn(entry).map(({ key, path }) => ({ key: declared(key), path: ['images', index, ...path] })),
  );
  return [...Map.groupBy(all, ({ key }) => key.name).values()].flatMap(([first, ...others]) =>
    others
      .filter(({ key }) => canonicalJson({ ...key, pem: '' }) !== canonicalJson({ ...first?.key, pem: '' }))
      .map(({ key, path }) => ({
        path,
        message: `${key.name} stands elsewhere with another hash, validity or log; one key has one of each`,
      })),
  );
}
