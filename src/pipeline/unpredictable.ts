import type { Problem } from '../model/finding.ts';
import type { Manifest } from '../model/manifest.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';
import { isTrusted } from './trusted.ts';

const SIDES = ['base', 'merged'] as const;

const RULE = { rule: 'render/not-predictable', alias: '' } as const;
const FIX = 'Write the value down, or take the condition away.';

/** Why a value may be another at the next render, by what the engine says that a render asked for. */
const CAUSES: Readonly<Record<string, string>> = {
  random: 'chance',
  now: 'the time',
  secret: 'secrets that are not in Git',
  install: 'whether it is installed or upgraded',
  lookup: 'what is in the cluster',
};

/** In words; a template that hides what it asks for is taken for the worst. */
function causes(uses: readonly string[]): string {
  const known = uses.flatMap((use) => CAUSES[use] ?? []);
  return known.length === 0 ? 'the time or chance' : known.join(' and ');
}

function inObject({ app, id, volatile }: Manifest, cause: string, side: Problem['side']): readonly Problem[] {
  return volatile
    .filter((pointer) => isTrusted(id, pointer))
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
      message: pointer === '' ? `whether it exists depends on ${cause}` : `${pointer} depends on ${cause}`,
      why: 'What was reviewed is not what will be applied; each render may decide otherwise.',
      fix: FIX,
    }));
}

/** Two renders do not show every branch: `if eq "4711" (randNumeric 4)` is neither in the one nor in the other. */
function inApp({ app, uses }: Rendered, side: Problem['side']): readonly Problem[] {
  const facets = uses.filter((use) => use === 'random' || use === 'now');
  if (facets.length === 0) return [];
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
      message: `templates ask for ${causes(facets)}; two of their possible results were looked at`,
      why: 'A condition on such a value may hold at another render than these.',
      fix: FIX,
    },
  ];
}

/**
 * Flux runs Helm with access to the cluster, so that `lookup` answers there; `helm template`, which Argo CD runs, has none:
 * https://helm.sh/docs/chart_template_guide/functions_and_pipelines/#using-the-lookup-function
 */
function onObjects({ app, uses }: Rendered, side: Problem['side']): readonly Problem[] {
  if (app.kind !== 'HelmRelease' || !uses.includes('lookup')) return [];
  return [
    {
      ...RULE,
      side,
      severity: 'medium',
      enforcement: 'advice',
      app: app.id,
      object: null,
      pointer: '',
      key: 'lookup',
      facets: [],
      message: 'templates look up objects of the cluster; it was rendered without them, and with empty ones',
      why: 'With the objects that are there it may render otherwise, and nobody reviews them here.',
      fix: FIX,
    },
  ];
}

/** What a render depends on besides its inputs, on both sides. */
export function unpredictable(pairs: readonly AppPair[]): readonly Problem[] {
  return SIDES.flatMap((side) =>
    pairs
      .flatMap((pair) => pair[side] ?? [])
      .flatMap((rendered) => [
        ...rendered.manifests.flatMap((one) => inObject(one, causes(rendered.uses), side)),
        ...inApp(rendered, side),
        ...onObjects(rendered, side),
      ]),
  );
}
