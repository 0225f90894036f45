import type { Problem } from '../model/finding.ts';
import type { Manifest } from '../model/manifest.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';

const SIDES = ['base', 'merged'] as const;

/** Where a value that nobody can review decides what runs, and as whom: DESIGN 5, "not predictable is not harmless". */
const TRUSTED = [
  // The object itself, or so much of it that the rest may be in there.
  /^$|^\/spec$|\/template$|\/template\/spec$|\/(containers|initContainers|ephemeralContainers|volumes)(\/\d+)?$/,
  /^\/(apiVersion|kind|metadata|metadata\/namespace)$/,
  /^\/(rules|aggregationRule|roleRef|subjects)(\/|$)/,
  /\/(image|serviceAccountName|serviceAccount|hostNetwork|hostPID|hostIPC|hostPath)$/,
  /\/securityContext(\/|$)/,
];

const RULE = { rule: 'render/not-predictable', alias: '' } as const;
const FIX = 'Write the value down, or take the condition away.';

function inObject({ app, id, volatile }: Manifest, side: Problem['side']): readonly Problem[] {
  return volatile
    .filter((pointer) => TRUSTED.some((pattern) => pattern.test(pointer)))
    .map((pointer) => ({
      ...RULE,
      side,
      severity: 'high',
      enforcement: 'required',
      app,
      object: id,
      pointer,
      key: pointer,
      facets: [],
      message:
        pointer === ''
          ? 'whether it exists depends on the time or on chance'
          : `${pointer} depends on the time or on chance`,
      why: 'What was reviewed is not what will be applied; each render may decide otherwise.',
      fix: FIX,
    }));
}

/** Two renders do not show every branch: `if eq "4711" (randNumeric 4)` is neither in the one nor in the other. */
function inApp({ app, uses }: Rendered, side: Problem['side']): readonly Problem[] {
  const facets = uses.filter((use) => use === 'random' || use === 'now');
  if (facets.length === 0) return [];
  const words = facets.map((use) => (use === 'now' ? 'the time' : 'chance')).join(' and ');
  return [
    {
      ...RULE,
      side,
      severity: 'low',
      enforcement: 'advice',
      app: app.id,
      object: null,
      pointer: '',
      key: 'uses',
      facets,
      message: `templates ask for ${words}; two of their possible results were looked at`,
      why: 'A condition on such a value may hold at another render than these.',
      fix: FIX,
    },
  ];
}

/** What a render depends on besides its inputs, on both sides. */
export function unpredictable(pairs: readonly AppPair[]): readonly Problem[] {
  return SIDES.flatMap((side) =>
    pairs
      .flatMap((pair) => pair[side] ?? [])
      .flatMap((rendered) => [...rendered.manifests.flatMap((one) => inObject(one, side)), ...inApp(rendered, side)]),
  );
}
