import type { DeclaredKey, DeclaredRoot, ImageFields, Policy, TrustPolicy } from '../../model/policy.ts';
import type { Comparison, Weakening } from './weakening.ts';

/** Whose word counts: whoever is new there could vouch for what nobody vouches for today. */
export const trust: Comparison = (base, proposed) => [
  ...publicGood(base.trust, proposed.trust),
  ...github(base.trust, proposed.trust),
  ...proposed.trust.roots.flatMap((root, index) => rootChange(root, index, base)),
  ...proposed.trust.authorities.flatMap((one, index) => authorityChange(one, index, base)),
  ...proposed.trust.keys.flatMap((key) => keyChange(key, base)),
  ...otherContent(base.trust, proposed.trust),
];

function publicGood(before: TrustPolicy, after: TrustPolicy): readonly Weakening[] {
  if (before.publicGood || !after.publicGood) return [];
  const message = 'trust.publicGood: the public good instance of Sigstore would be trusted';
  return [{ key: 'trust publicGood', path: ['trust', 'publicGood'], message }];
}

function github(before: TrustPolicy, after: TrustPolicy): readonly Weakening[] {
  if (before.github || !after.github) return [];
  const message = "trust.github: GitHub's own instance of Sigstore would be trusted";
  return [{ key: 'trust github', path: ['trust', 'github'], message }];
}

function rootChange(root: DeclaredRoot, index: number, { trust: before }: Policy): readonly Weakening[] {
  const place = { key: `trust roots ${root.file}`, path: ['trust', 'roots', index] };
  const known = before.roots.filter(({ file }) => file === root.file);
  if (known.length === 0)
    return [{ ...place, message: `trust.roots: ${root.file} is new; certificates under it would be believed` }];
  const thresholds = ['logs', 'certificateLogs', 'timestamps'] as const;
  return thresholds
    .filter((name) => !known.some((other) => other[name] <= root[name]))
    .map((name) => ({
      key: `${place.key} ${name}`,
      path: [...place.path, name],
      message: `trust.roots: ${root.file} needs only ${root[name]} ${name}; signatures with less proof would be believed`,
    }));
}

function authorityChange(
  { file, timestamps }: TrustPolicy['authorities'][number],
  index: number,
  { trust: before }: Policy,
): readonly Weakening[] {
  const place = { key: `trust authorities ${file}`, path: ['trust', 'authorities', index] };
  const known = before.authorities.filter((other) => other.file === file);
  if (known.length === 0)
    return [{ ...place, message: `trust.authorities: ${file} is new; certificates of it would be believed` }];
  if (known.some((other) => other.timestamps === timestamps)) return [];
  const over = 'certificates that are over would be believed by';
  if (timestamps === undefined) {
    const message = `trust.authorities: ${file} has no timestamps any more; ${over} the word of any log that is trusted`;
    return [{ ...place, key: `${place.key} timestamps`, message }];
  }
  const message = `trust.authorities: ${file} has ${timestamps} for its timestamps; ${over} its word`;
  return [{ key: `${place.key} timestamps`, path: [...place.path, 'timestamps'], message }];
}

/** A key that is new is a new signer, and said with the entry that names it; here is what an old one may do more. */
function keyChange(key: DeclaredKey, { trust: { keys } }: Policy): readonly Weakening[] {
  const before = keys.find(({ name }) => name === key.name);
  if (before === undefined) return [];
  const clauses = [
    ...(before.needsLog && !key.needsLog ? ['no log would have to hold its signatures'] : []),
    ...(opensWindow(before, key) ? ['it would be valid longer'] : []),
    ...(before.hash === key.hash
      ? []
      : [`its hash goes from ${before.hash ?? 'the usual one'} to ${key.hash ?? 'the usual one'}`]),
  ];
  return clauses.map((clause) => ({
    key: `trust key ${key.name} ${clause}`,
    path: ['images'],
    message: `images: the key ${key.name} counts for more; ${clause}`,
  }));
}

/** Times are written alike, so their texts have their order. */
function opensWindow(before: DeclaredKey, after: DeclaredKey): boolean {
  const from = before.validFrom !== undefined && (after.validFrom === undefined || after.validFrom < before.validFrom);
  const until =
    before.validUntil !== undefined && (after.validUntil === undefined || after.validUntil > before.validUntil);
  return from || until;
}

/** The same name for something else: whose key it is now, nobody can tell. */
function otherContent(before: TrustPolicy, after: TrustPolicy): readonly Weakening[] {
  return Object.entries(after.files).flatMap(([file, text]) => {
    if (!Object.hasOwn(before.files, file) || before.files[file] === text) return [];
    const message = `trust: the file ${file} holds something else; what it vouches for would be believed`;
    return [{ key: `trust file ${file}`, path: ['trust'], message }];
  });
}

/** Images that nobody looks at pass whatever is required of them. */
export const imageFields: Comparison = (base, proposed) =>
  base.imageFields.flatMap(fieldsOf).flatMap((field) => {
    const kept = proposed.imageFields.flatMap(fieldsOf);
    if (kept.some((one) => one.key === field.key)) return [];
    const message = `imageFields: ${field.path} of ${field.kind} (${field.group}) is no longer looked at; any image there would pass`;
    return [{ key: `imageFields ${field.key}`, path: ['imageFields'], message }];
  });

function fieldsOf({ group, kinds, paths }: ImageFields): readonly {
  readonly key: string;
  readonly group: string;
  readonly kind: string;
  readonly path: string;
}[] {
  return kinds.flatMap((kind) => paths.map((path) => ({ key: [group, kind, path].join(' '), group, kind, path })));
}
