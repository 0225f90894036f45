import { pointer } from '../../model/json.ts';
import { type UrlAtom, urlPrefix } from '../../model/rbac.ts';
import { normal } from './grant-rule.ts';
import type { PlacedRule } from './grants.ts';
import { RBAC_DOCS, type RbacHit, type RbacRule } from './rule.ts';
import { grantsText, holderOf } from './wording.ts';

/** The verbs of requests outside the resources are HTTP methods in lower case. */
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/** Profiles and logs; reading metrics is what monitoring does, anything more is not. */
const PRIVATE = ['/debug', '/logs'];
const METRICS = '/metrics';

/** Do pattern and tree have a path in common? */
function touches(pattern: string, root: string): boolean {
  if (!pattern.endsWith('*')) return pattern === root || pattern.startsWith(`${root}/`);
  const prefix = urlPrefix(pattern);
  return root.startsWith(prefix) || prefix.startsWith(root);
}

function isBroad(url: string, verb: string): boolean {
  return PRIVATE.some((root) => touches(url, root)) || (verb !== 'get' && touches(url, METRICS));
}

function broadAtoms({ rule }: PlacedRule): readonly UrlAtom[] {
  const verbs = METHODS.filter((verb) => rule.verbs.includes('*') || rule.verbs.includes(verb));
  return rule.nonResourceURLs
    .flatMap((url) => verbs.map((verb) => ({ url, verb })))
    .filter(({ url, verb }) => isBroad(url, verb));
}

export const broadUrls: RbacRule = {
  id: 'rbac/broad-urls',
  alias: 'RB-007',
  title: 'Paths outside the resources are named',
  severity: 'medium',
  scale: 'medium',
  enforcement: 'threshold',
  why: 'Profiles, logs and the list of all APIs help an attacker and can slow the API server down.',
  fix: 'List exact paths, such as /healthz or /metrics, with the verb get.',
  references: [RBAC_DOCS],
  takesOver: [],
  hits(object): readonly RbacHit[] {
    // In a Role, paths are refused by the API server.
    if (object.type !== 'role' || object.scope !== 'cluster') return [];
    const found = object.grants.urls.map((placed) => ({ index: placed.index, atoms: broadAtoms(placed) }));
    const first = found.find(({ atoms }) => atoms.length > 0);
    if (first === undefined) return [];
    const { facets, atoms } = normal(found.flatMap((each) => each.atoms));
    const message = `${holderOf(object)} can reach private paths of the API server: ${grantsText(atoms)}`;
    return [{ pointer: pointer('rules', first.index, 'nonResourceURLs'), key: '', facets, atoms, message }];
  },
};
