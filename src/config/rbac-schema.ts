import { z } from 'zod';
import { RBAC_DANGERS, RBAC_EFFECTS } from '../model/rbac-effect.ts';
import { SEVERITIES } from '../model/severity.ts';
import { ApiGroup, decision, exact, listOf, Namespace, text } from './texts.ts';
import { didYouMean } from './suggest.ts';

/** Names as in src/model/glob.ts: `*` stops at "/", which names of Kubernetes do not have. */
const NameGlob = text('a pattern').regex(
  /^[^?[\]{}!\\]*$/,
  'a pattern knows * and ** only; ? [ ] { } ! \\ are no wildcards here',
);

const RbacSubject = z
  .strictObject({
    kind: z.enum(['ServiceAccount', 'User', 'Group']).describe('Kind of the subject.'),
    name: NameGlob.describe('Its name, or a pattern.'),
    namespace: NameGlob.optional().describe('Namespace of a service account, or a pattern; omitted = any.'),
  })
  .refine(({ kind, namespace }) => kind === 'ServiceAccount' || namespace === undefined, {
    error: 'only a ServiceAccount has a namespace',
    path: ['namespace'],
  });

const RbacBlock = z
  .strictObject({
    effects: listOf(
      text('an effect').refine((word) => RBAC_DANGERS.includes(word), {
        error: ({ input }) => unknownDanger(String(input)),
      }),
    )
      .min(1, 'an empty list would block nothing')
      .optional()
      .describe('What is gained: an effect or the id of a rule; omitted = whatever is granted.'),
    subjects: listOf(RbacSubject)
      .min(1, 'an empty list would block nothing')
      .optional()
      .describe('Who gains it; omitted = whoever.'),
    namespaces: listOf(NameGlob)
      .min(1, 'an empty list would block nothing')
      .optional()
      .describe('Where it is gained; omitted = everywhere.'),
  })
  .refine((entry) => Object.values(entry).some((part) => part !== undefined), {
    error: 'an entry names effects, subjects or namespaces; an empty one would block everything',
  });

function unknownDanger(word: string): string {
  const meant = didYouMean(word, RBAC_DANGERS);
  const help = meant === undefined ? `effects are ${RBAC_EFFECTS.join(', ')}` : `did you mean ${meant}?`;
  return `is neither an effect nor a rule of the check rbac; ${help}`;
}

const Allowed = z.strictObject({
  rule: text('rule')
    .refine((word) => RBAC_DANGERS.includes(word) && word.startsWith('rbac/'), {
      error: 'is no rule of the check rbac; docs/checks/rbac.md lists them',
    })
    .describe('Id of the rule.'),
  object: z
    .strictObject({
      kind: exact('kind').describe('Kind of the object.'),
      name: exact('name').describe('Name of the object.'),
      group: ApiGroup.describe('API group; "" = core.'),
      namespace: Namespace.describe('Namespace; "" = cluster-wide.'),
      cluster: z.union([exact('cluster'), z.literal('')]).describe('Name of the cluster; "" = apps that name none.'),
    })
    .describe('The one object that it is about, each part exact.'),
  ...decision,
});

/** The key `rbac`. */
export const RbacSection = z.strictObject({
  block: z.enum(SEVERITIES).default('critical').describe('New RBAC findings of this severity and above block.'),
  blockWhere: listOf(RbacBlock).default([]).describe('What new findings block besides, whatever their severity.'),
  allow: listOf(Allowed).default([]).describe('Standing decisions: what one object may grant, without an end.'),
});
