import type { Problem } from '../../../model/finding.ts';
import { isObject, type JsonObject, objectAt, pointer, textAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import { objectKey } from '../effective/cause.ts';
import type { Subject } from '../subject.ts';
import { listed, quoted } from '../wording.ts';
import { type AccountRights, accountOf, isOverCluster, type Power } from './rights.ts';
import { fluxAccount } from './rules.ts';
import { type AccountLooking, type AccountSide, problemOf } from './side.ts';

const FLUX: Readonly<Record<string, string>> = {
  Kustomization: 'kustomize.toolkit.fluxcd.io',
  HelmRelease: 'helm.toolkit.fluxcd.io',
};

function isFlux({ id }: Manifest): boolean {
  return Object.hasOwn(FLUX, id.kind) && FLUX[id.kind] === groupOf(id.apiVersion);
}

/** Objects of Flux whose account may do more than deploy to its namespace. Whoever had no account before had the rights of the controller. */
export function fluxProblems(base: AccountSide, merged: AccountSide, looking: AccountLooking): readonly Problem[] {
  const unlimited = new Set(
    base.manifests.filter((one) => isFlux(one) && isUnlimited(specOf(one))).map((one) => objectKey(one)),
  );
  const appliedTo = new Map(base.manifests.filter(isFlux).map((one) => [objectKey(one), remoteFacet(specOf(one))]));
  return [base, merged].flatMap((side) =>
    side.manifests
      .filter((one) => isFlux(one) && looking.touched.has(one.app))
      .filter((one) => side === base || !unlimited.has(objectKey(one)) || isObject(specOf(one)['kubeConfig']))
      .flatMap((one) => fluxProblem(one, side, appliedTo)),
  );
}

type AppliedTo = ReadonlyMap<string, string>;

/** The credentials by which it is applied elsewhere, and as whom there; '' in this cluster. */
function remoteFacet(spec: JsonObject): string {
  const { kubeConfig } = spec;
  if (!isObject(kubeConfig)) return '';
  const by = (['secretRef', 'configMapRef'] as const).map((reference) => {
    const { name = null, key = null } = objectAt(kubeConfig, reference);
    return [name, key];
  });
  return `remote ${JSON.stringify([...by, textAt(spec, 'serviceAccountName')])}`;
}

export function specOf({ object }: Manifest): JsonObject {
  return objectAt(object, 'spec');
}

function isUnlimited(spec: JsonObject): boolean {
  return textAt(spec, 'serviceAccountName') === '' && !isObject(spec['kubeConfig']);
}

function fluxProblem(manifest: Manifest, { side, accounts }: AccountSide, appliedTo: AppliedTo): readonly Problem[] {
  const spec = specOf(manifest);
  if (isObject(spec['kubeConfig'])) return [remote(manifest, spec['kubeConfig'], side, appliedTo)];
  const name = textAt(spec, 'serviceAccountName');
  if (name === '') return [];
  const { kind, namespace } = manifest.id;
  const homes = [namespace, textAt(spec, 'targetNamespace')];
  const account = accountOf(namespace, name);
  const beyond = powersBeyond(account, accounts, (scope) => homes.includes(scope));
  const [worst] = beyond;
  if (worst === undefined) return [];
  const message = `${kind} ${quoted(manifest.id.name)} is applied as service account ${quoted(`${namespace}/${name}`)}: ${powersText(beyond)}`;
  const said = { side, pointer: pointer('spec', 'serviceAccountName'), key: '', facets: powerFacets(beyond), message };
  return [problemOf(fluxAccount, manifest, beyond.some(isOverCluster) ? said : { ...said, severity: 'medium' })];
}

/** What was applied elsewhere before goes to another cluster, or with other rights, than somebody reviewed it for. */
function remote(manifest: Manifest, kubeConfig: JsonObject, side: Problem['side'], appliedTo: AppliedTo): Problem {
  const facet = remoteFacet(specOf(manifest));
  const known = appliedTo.get(objectKey(manifest));
  const isSwitched = side === 'merged' && known !== undefined && known !== facet;
  const secret =
    textAt(objectAt(kubeConfig, 'secretRef'), 'name') || textAt(objectAt(kubeConfig, 'configMapRef'), 'name');
  const name = textAt(specOf(manifest), 'serviceAccountName');
  const whom = name === '' ? '' : ` and as service account ${quoted(name)} there`;
  return problemOf(fluxAccount, manifest, {
    side,
    pointer: pointer('spec', 'kubeConfig'),
    key: 'remote',
    facets: [facet],
    message: `${manifest.id.kind} ${quoted(manifest.id.name)} is applied ${isSwitched ? 'now ' : ''}to another cluster with the credentials in ${quoted(secret)}${whom}; what they may do there stands in no manifest`,
    ...(isSwitched ? { severity: 'medium' } : { severity: 'info', enforcement: 'advice' }),
  });
}

/** What an account may do outside of where it deploys. What it has in the whole cluster is outside, in a privileged namespace too unless it deploys there. */
export function powersBeyond(
  account: Subject,
  accounts: AccountRights,
  isHome: (scope: string) => boolean,
): readonly Power[] {
  return accounts.powersOf(account).filter(({ scope }) => scope === '' || !isHome(scope));
}

export function powersText(powers: readonly Power[]): string {
  return listed(
    powers.map(({ effect }) => effect.hit.message),
    '; ',
  );
}

export function powerFacets(powers: readonly Power[]): readonly string[] {
  return [...new Set(powers.map(({ effect, scope }) => `${effect.rule.id} ${scope}`))].toSorted();
}
