import { objectAt, pointer, textAt } from '../../model/json.ts';
import { TOKEN_TYPE } from './object.ts';
import type { RbacHit, RbacRule } from './rule.ts';
import { listed, quoted } from './wording.ts';

/** With these, a pod of the account gets rights outside Kubernetes. */
const CLOUD = ['eks.amazonaws.com/role-arn', 'iam.gke.io/gcp-service-account', 'azure.workload.identity/client-id'];

export const cloudIdentity: RbacRule = {
  id: 'rbac/cloud-identity',
  alias: 'RB-033',
  title: 'Rights in the cloud are reviewed',
  severity: 'medium',
  scale: 'medium',
  enforcement: 'threshold',
  why: 'Whoever may start pods with this account, or read its tokens, has these rights outside Kubernetes.',
  fix: 'Give the workload a service account of its own, and review the role in the cloud.',
  references: ['https://kubernetes.io/docs/concepts/security/service-accounts/'],
  takesOver: [],
  hits({ type, manifest }): readonly RbacHit[] {
    if (type !== 'credential' || manifest.id.kind !== 'ServiceAccount') return [];
    const annotations = objectAt(objectAt(manifest.object, 'metadata'), 'annotations');
    const found = CLOUD.filter((key) => textAt(annotations, key) !== '');
    const [first] = found;
    if (first === undefined) return [];
    const identities = found.map((key) => quoted(textAt(annotations, key)));
    const message = `ServiceAccount ${quoted(manifest.id.name)} acts in the cloud as ${listed(identities)}`;
    const facets = found.map((key) => `${key}=${textAt(annotations, key)}`).toSorted();
    return [{ pointer: pointer('metadata', 'annotations', first), key: '', facets, atoms: [], message }];
  },
};

const ACCOUNT = 'kubernetes.io/service-account.name';

export const tokenSecret: RbacRule = {
  id: 'rbac/token-secret',
  alias: 'RB-034',
  title: 'Tokens of service accounts expire',
  severity: 'medium',
  scale: 'medium',
  enforcement: 'threshold',
  why: 'A token in a Secret is valid until the Secret is deleted, for everybody who can read it.',
  fix: 'Use a projected token in the pod, or request one with an expiry (TokenRequest).',
  references: ['https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets'],
  takesOver: [],
  hits({ type, manifest }): readonly RbacHit[] {
    if (type !== 'credential' || manifest.id.kind !== 'Secret') return [];
    const account = textAt(objectAt(objectAt(manifest.object, 'metadata'), 'annotations'), ACCOUNT);
    const message = `Secret ${quoted(manifest.id.name)} is filled with a long-lived token of service account ${quoted(account)}`;
    return [{ pointer: pointer('type'), key: '', facets: [`${TOKEN_TYPE} ${account}`], atoms: [], message }];
  },
};
