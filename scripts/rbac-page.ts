// Writes docs/checks/rbac.md from the rules: `npx node scripts/rbac-page.ts`. A test compares the page with what this makes.
import { writeFileSync } from 'node:fs';
import { RULES, WHOLE_RULES } from '../src/checks/rbac/index.ts';

const INTRODUCTION = `# RBAC

<!-- Made by scripts/rbac-page.ts from the rules; change them, not this page. -->

What a role gives is decided as Kubernetes decides it: \`*\` in verbs, groups and resources, \`*/exec\` for a subresource of every
resource, \`resourceNames\` without wildcards, \`pods/*\` as the ordinary string that it is. Most rules look at one object at a time:
Role, ClusterRole, RoleBinding, ClusterRoleBinding (of \`rbac.authorization.k8s.io\` or OpenShift's \`authorization.openshift.io\`),
ServiceAccount, and Secrets that hold a token. Objects by which operators hand out rights are read as the roles and bindings that they
lead to, and found on the object itself: ClusterServiceVersion (OLM), RBACDefinition (RBAC Manager), Tenant (Capsule),
SecurityContextConstraints (OpenShift), GlobalRole, RoleTemplate and their bindings (Rancher), Object (Crossplane);
and what a ClusterResourceSet (Cluster API) brings to other clusters, in the ConfigMap or Secret that it lies in.

Against a base, all objects of a cluster are looked at together as well, those of apps that the change does not touch included, with
the roles and bindings that Kubernetes creates itself: roles that aggregate others are resolved, and what each subject may do in each
namespace and in the whole cluster is compared. A danger that somebody gains by several objects, such as a binding to a role of
another app, is a finding of the rule that names the danger, on the object by which it came: the binding, the role, or the role
that takes it over by a selector. Apps of different clusters are never mixed; those that name no cluster are judged together, apart.


- A finding is new where the merge result grants something that the same object of the base did not; granting less is never new.
- \`rbac.block\` in \`.presync.yaml\` says from which severity a new finding blocks, and \`rbac.blockWhere\` what blocks whatever its severity. Advice never blocks unless it is named there.
- What a wider rule of at least the same severity says already is not said again: cluster-admin is one finding, not forty.
- Privileged namespaces: kube-system, argocd, flux-system, gatekeeper-system, kyverno, cert-manager.
- More than 256 names, or 2,048 API groups or resources where any would match, count as no limit at all.
`;

export function rbacPage(): string {
  const sections = [...WHOLE_RULES, ...RULES].map(({ id, alias, title, scale, why, fix, references }) =>
    [
      `## ${id}`,
      `**${title}.**`,
      [
        `- Catalogue: ${alias}`,
        `- Severity: ${scale}`,
        `- Why: ${why}`,
        `- Fix: ${fix}`,
        ...references.map((url) => `- See <${url}>`),
      ].join('\n'),
    ].join('\n\n'),
  );
  return `${[INTRODUCTION, ...sections].join('\n')}\n`.replaceAll('\n## ', '\n\n## ').replaceAll('\n\n\n', '\n\n');
}

if (import.meta.main) writeFileSync(new URL('../docs/checks/rbac.md', import.meta.url), rbacPage());
