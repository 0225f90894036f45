import type { Policy } from '../model/policy.ts';
import { freezeAll } from './frozen.ts';

/**
 * The rules where a repository has none (DESIGN 8): broken renders and new critical RBAC grants block, the rest is advice. What the
 * schema makes of a file that says nothing, which a test holds it to; written out, so that a run without a policy loads no schema.
 */
export const DEFAULT_POLICY: Policy = freezeAll<Policy>({
  repository: { urls: [] },
  argocd: {
    kustomizeBuildOptions: '',
    newGitFileGlobbing: false,
    namespace: 'argocd',
    plugins: {},
    generators: {},
  },
  flux: { strictSubstitution: false, values: [], buckets: [] },
  clusters: {},
  apps: [],
  ignore: [],
  accept: [],
  images: [],
  imageFields: [],
  trust: { publicGood: true, github: true, roots: [], authorities: [], keys: [], files: {} },
  rbac: { block: 'critical', blockWhere: [], allow: [] },
  policy: { weakened: 'block' },
  registries: { credentials: [] },
  waivers: [],
});
