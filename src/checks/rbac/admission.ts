import { type GrantRow, grantRule } from './grant-rule.ts';
import { GOOD_PRACTICES, type RbacRule } from './rule.ts';
import { anyOf, CHANGE } from './target.ts';

const GROUP = 'admissionregistration.k8s.io';

const ROWS: readonly GrantRow[] = [
  {
    id: 'admission-webhooks',
    alias: 'RB-060',
    title: 'Admission webhooks belong to the platform team',
    severity: { cluster: 'critical' },
    named: 'high',
    ways: [[anyOf(`${GROUP}/validatingwebhookconfigurations,mutatingwebhookconfigurations:${CHANGE}`)]],
    can: 'write admission webhooks',
    canNamed: 'write named admission webhooks',
    why: 'A webhook sees and rewrites every object that passes, Secrets included; a deleted one is a policy switched off.',
    fix: 'Name the own configurations in `resourceNames` with get, update and patch, or leave them to the platform team.',
    references: [`${GOOD_PRACTICES}#control-admission-webhooks`],
  },
  {
    id: 'admission-policies',
    alias: 'RB-061',
    title: 'Admission policies belong to the platform team',
    severity: { cluster: 'high' },
    named: 'medium',
    ways: [
      [
        anyOf(
          `${GROUP}/validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingadmissionpolicies,mutatingadmissionpolicybindings:${CHANGE}`,
        ),
      ],
    ],
    can: 'write admission policies or their bindings',
    why: 'It switches rules of the cluster off, or rewrites objects on their way in.',
    fix: 'Leave admission policies to the platform team.',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/'],
  },
  {
    id: 'policy-engines',
    alias: 'RB-062',
    title: 'Objects of policy engines belong to the platform team',
    severity: { cluster: 'high', namespace: 'high' },
    named: 'medium',
    ways: [
      [
        anyOf(
          `kyverno.io/clusterpolicies,policies,policyexceptions:${CHANGE}`,
          `policies.kyverno.io/?:${CHANGE}`,
          `templates.gatekeeper.sh/constrainttemplates:${CHANGE}`,
          `constraints.gatekeeper.sh/?:${CHANGE}`,
          `config.gatekeeper.sh/configs:${CHANGE}`,
        ),
      ],
    ],
    can: 'write policies or exceptions of Kyverno or Gatekeeper in {place}',
    why: 'It switches house rules off, or exempts itself.',
    fix: 'Leave policies and exceptions to the platform team.',
    references: ['https://kyverno.io/docs/exceptions/', 'https://open-policy-agent.github.io/gatekeeper/website/docs/'],
  },
];

export const admission: readonly RbacRule[] = ROWS.map(grantRule);
