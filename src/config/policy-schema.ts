import { z } from 'zod';
import { isDay } from '../model/waiver.ts';
import { ApiGroup, decision, exact, listOf, MAX_TEXT, Namespace, text } from './policy-words.ts';
import { RbacSection } from './rbac-schema.ts';

/** Texts without what people write in other tools: a pattern that means something else than it seems is refused. */
const Glob = text('a pattern')
  .regex(/^[^?[\]{}!\\]*$/, 'a pattern knows * and ** only; ? [ ] { } ! \\ are no wildcards here')
  .regex(
    /^(?!\/|\.\/|.*(?:^|\/)\.\.(?:\/|$))/,
    'a pattern starts at the root of the repository: no leading / or ./, no ..',
  );

/** Matched against registry/path, without tag and digest, in the normal form of src/model/image-ref.ts. */
const ImageGlob = text('a pattern')
  .regex(/^(?:[^/@]*\/)?[^:@]*$/, 'a pattern names a repository; tag and digest are not part of it')
  .regex(
    /^[a-z0-9.*/:_@[\]-]*$/,
    'a pattern of images has * and ** besides the characters of a repository, in lower case',
  )
  .refine((glob) => !isShort(glob), 'write the name in full, as in docker.io/library/nginx or ghcr.io/acme/**');

/** Would a runtime put docker.io or library/ in front of it? Such a pattern matches nothing, since images are compared in full. */
function isShort(glob: string): boolean {
  const [registry = '', ...path] = glob.split('/');
  if (registry === 'index.docker.io') return true;
  if (registry === 'docker.io') return path.length === 1 && !glob.includes('**');
  return registry !== 'localhost' && !/[.:*]/.test(registry);
}

const Registry = text('a registry')
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d+)?$/,
    'a registry is a host in lower case, with a port where it has one: ghcr.io, registry.example:5000',
  )
  .refine((host) => host !== 'index.docker.io', 'Docker Hub is written docker.io');

const Day = z.string().refine(isDay, 'a day is written YYYY-MM-DD, and must exist');

/** Who accepted it, and until when. */
const accepted = {
  ...decision,
  expires: Day.describe('Last day on which it holds, YYYY-MM-DD, to the end of that day in UTC.'),
};

const Texts = z.record(text('a key'), z.string().max(MAX_TEXT)).default({});

const Cluster = z
  .strictObject({
    server: text('server')
      .optional()
      .describe('Address in the destination of Applications; makes them apps of this cluster.'),
    kubernetes: z
      .string()
      .regex(/^v?1\.\d{1,3}(?:\.\d{1,3})?$/, 'a version is written "1.34" or "1.34.2"')
      .optional()
      .describe('Version of the API server, in quotes: charts and rules that depend on it are judged by it.'),
    apiVersions: listOf(text('an API version'))
      .default([])
      .describe('What charts see in .Capabilities.APIVersions besides what Kubernetes brings.'),
    labels: Texts.describe('Labels of the cluster Secret in Argo CD, for generators of kind clusters.'),
    annotations: Texts.describe('Annotations of the cluster Secret in Argo CD.'),
    project: text('project').optional().describe('Project of the cluster Secret in Argo CD.'),
    paths: listOf(Glob)
      .default([])
      .describe('Files that belong to this cluster, where the controller object does not say.'),
  })
  .describe('A cluster, by the name that apps and waivers use.');

const ClusterName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, 'a name has letters, digits, ".", "_" and "-"');

const Folder = text('a path').regex(
  /^(?!\/|.*(?:^|\/)\.\.(?:\/|$))/,
  'a path starts at the root of the repository: no leading /, no ..',
);

const Plugin = z.strictObject({
  as: z.enum(['kustomize', 'helm', 'directory']).describe('What the plugin does in the end.'),
  buildOptions: z.string().max(MAX_TEXT).default('').describe('Of kustomize: its options, as in argocd-cm.'),
});

const Parameters = listOf(z.record(z.string(), z.json())).optional();

const Generators = z.strictObject({
  scmProvider: Parameters.describe('One set for each repository that it would find.'),
  pullRequest: Parameters.describe('One set for each pull request that it would find.'),
  clusterDecisionResource: Parameters.describe('One set for each decision.'),
  plugin: z
    .record(text('the name of a ConfigMap'), listOf(z.record(z.string(), z.json())))
    .optional()
    .describe('Sets by the name of the ConfigMap of the plugin.'),
});

const Values = z.strictObject({
  kind: z.enum(['ConfigMap', 'Secret']),
  namespace: exact('namespace').describe('Namespace of the object.'),
  name: exact('name').describe('Name of the object.'),
  cluster: exact('cluster').optional().describe('Name of the cluster; omitted = all.'),
  data: Texts.describe('Its values, as far as they are no secrets.'),
  unknown: listOf(text('a key')).default([]).describe('Keys whose values stay unknown.'),
});

const DeclaredApp = z.strictObject({
  kind: z.enum(['Application', 'Kustomization']).describe('Kind of the controller object.'),
  name: exact('name').describe('Name of the controller object.'),
  namespace: exact('namespace').describe('Namespace of the controller object.'),
  cluster: exact('cluster').describe('The cluster that it is synced to.'),
  path: Folder.describe('The folder that it renders.'),
  targetNamespace: exact('targetNamespace').optional().describe('Namespace for objects without one.'),
  options: z
    .record(z.string(), z.json())
    .default({})
    .describe('More of it: fields of spec.source of an Application, of spec of a Kustomization.'),
});

const ImageRule = z.strictObject({
  match: ImageGlob.describe(
    'Pattern over registry/path, without tag and digest: * is anything but "/", ** is anything.',
  ),
  require: z
    .strictObject({
      digest: z.boolean().default(false).describe('The image is named by digest.'),
      registries: listOf(Registry)
        .min(1, 'an empty list would allow no registry at all')
        .optional()
        .describe('The image comes from one of these registries.'),
    })
    .describe('What must hold for every image that matches; {} only lists the image.'),
});

const Waiver = z.strictObject({
  rule: text('rule')
    .regex(/^[a-z][a-z-]*\/[a-z0-9-]+$/, 'a rule is named check/name, as findings show it')
    .describe('Id of the rule.'),
  object: z
    .strictObject({
      kind: exact('kind').describe('Kind of the object.'),
      name: exact('name').describe('Name of the object.'),
      group: ApiGroup.optional().describe('API group; omitted = any, "" = core.'),
      namespace: Namespace.optional().describe('Namespace; omitted = any.'),
      cluster: exact('cluster').optional().describe('Name of the cluster; omitted = all.'),
    })
    .describe('The one object that it is about; no wildcards.'),
  ...accepted,
});

/**
 * `.presync.yaml`. Only what takes effect today: a key that would be ignored is an error (policy-keys.ts names those to come).
 * docs/policy.md explains each; docs/presync.schema.json is made from this.
 */
export const PolicySchema = z.strictObject({
  version: z.literal(1).describe('Version of this format.'),
  repository: z
    .strictObject({
      urls: listOf(text('a URL').regex(/^[^\s]+$/, 'a URL has no spaces'))
        .default([])
        .describe('Other addresses of this repository.'),
    })
    .prefault({})
    .describe('What this repository is called elsewhere.'),
  argocd: z
    .strictObject({
      kustomizeBuildOptions: z.string().max(MAX_TEXT).default('').describe('kustomize.buildOptions of argocd-cm.'),
      newGitFileGlobbing: z
        .boolean()
        .default(false)
        .describe('applicationsetcontroller.enable.new.git.file.globbing of argocd-cmd-params-cm.'),
      namespace: text('namespace').default('argocd').describe('Where Argo CD itself runs.'),
      plugins: z
        .record(text('the name of a plugin'), Plugin)
        .default({})
        .describe('What is rendered in place of config management plugins, by their names.'),
      generators: Generators.prefault({}).describe('Parameter sets of generators that ask the network.'),
    })
    .prefault({})
    .describe('Settings of Argo CD that change a render.'),
  flux: z
    .strictObject({
      strictSubstitution: z
        .boolean()
        .default(false)
        .describe('The feature gate StrictPostBuildSubstitutions of kustomize-controller.'),
      values: listOf(Values)
        .default([])
        .describe('ConfigMaps and Secrets that renders take values from and that Git does not hold.'),
      buckets: listOf(z.strictObject({ namespace: exact('namespace'), name: exact('name'), path: Folder }))
        .default([])
        .describe('Buckets whose content is a folder of this repository.'),
    })
    .prefault({})
    .describe('What the clusters know and Flux needs.'),
  clusters: z.record(ClusterName, Cluster).default({}).describe('The clusters that this repository describes.'),
  apps: listOf(DeclaredApp).default([]).describe('Apps whose controller objects live elsewhere.'),
  ignore: listOf(Glob).default([]).describe('Files that are no manifests.'),
  accept: listOf(z.strictObject({ app: exact('app').describe('Id of the app, as reports show it.'), ...accepted }))
    .default([])
    .describe('Apps that are broken already and may stay so.'),
  images: listOf(ImageRule)
    .default([])
    .describe(
      'Requirements on images: every entry that matches must hold. With any entry, an image that matches none is a finding.',
    ),
  rbac: RbacSection.prefault({}).describe('What may be granted.'),
  policy: z
    .strictObject({
      weakened: z
        .enum(['block', 'advise'])
        .default('block')
        .describe('Whether a change that weakens this file blocks.'),
    })
    .prefault({})
    .describe('How changes of this file are judged.'),
  waivers: listOf(Waiver).default([]).describe('Findings that are accepted.'),
});

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** The schema of a text of `.presync.yaml`, for editors: docs/presync.schema.json. */
export const POLICY_JSON_SCHEMA = z.toJSONSchema(PolicySchema, { io: 'input' }) as JsonSchema;

/** The keys that may stand below a path, in the order of the schema; none where there are no fixed ones. */
export function knownKeys(path: readonly (string | number)[]): readonly string[] {
  const place = path.reduce<JsonSchema | undefined>((schema, part) => {
    if (typeof part === 'number') return schema?.items;
    const free = typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
    return schema?.properties?.[part] ?? free;
  }, POLICY_JSON_SCHEMA);
  return Object.keys(place?.properties ?? {});
}
