import { listAt, objectAt, pointer, textAt, textsAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import type { Loose } from '../gitops-facts.ts';
import { readWorkload } from '../paths/workload.ts';
import { quoted } from '../wording.ts';

/**
 * Flags of the controllers of Flux, by which value they limit something; nobody else has flags of these names.
 * https://fluxcd.io/flux/installation/configuration/multitenancy/, https://fluxcd.io/flux/components/kustomize/options/
 */
const FLAGS: readonly Flag[] = [
  {
    flag: 'no-cross-namespace-refs',
    limits: 'true',
    said: { sentence: 'takes references to other namespaces', severity: 'medium' },
  },
  {
    flag: 'no-remote-bases',
    limits: 'true',
    said: { sentence: 'takes Kustomize bases of any host', severity: 'medium' },
  },
  {
    flag: 'insecure-kubeconfig-exec',
    limits: 'false',
    said: { sentence: 'runs the commands that a kubeconfig names' },
  },
  {
    flag: 'insecure-kubeconfig-tls',
    limits: 'false',
    said: { sentence: 'takes clusters without a certificate that proves them', severity: 'medium' },
  },
];

interface Flag {
  readonly flag: string;
  readonly limits: 'true' | 'false';
  readonly said: Pick<Loose, 'sentence' | 'severity'>;
}

const ACCOUNT = 'default-service-account';
const IMPERSONATION = 'application.sync.impersonation.enabled';

/** Switches of the controllers that limit what is applied, and how, and are gone or turned. */
export function liftedSwitches(before: Manifest, after: Manifest): readonly Loose[] {
  const [from, to] = [flagsOf(before), flagsOf(after)];
  const at = readWorkload(after)?.podPointer ?? '';
  const lifted = FLAGS.filter(({ flag, limits }) => {
    const [old, now] = [from, to].map((flags) => (isTrue(flags.get(flag)) ? 'true' : 'false'));
    return old === limits && now !== limits;
  });
  return [
    ...lifted.map(({ flag, said }) => ({ pointer: at, facet: `--${flag}`, ...said })),
    ...otherAccount(from.get(ACCOUNT), to.get(ACCOUNT), at),
    ...withoutImpersonation(before, after),
  ];
}

function otherAccount(old: string | undefined, now: string | undefined, at: string): readonly Loose[] {
  if (old === undefined || old === now) return [];
  const as = now === undefined || now === '' ? 'with its own rights' : `as ${quoted(now)}`;
  return [{ pointer: at, facet: `--${ACCOUNT} ${now ?? ''}`, sentence: `applies ${as} what names no account` }];
}

/** What the containers of a workload are started with; a flag alone is `true`. */
function flagsOf(manifest: Manifest): ReadonlyMap<string, string> {
  const words = listAt(readWorkload(manifest)?.pod, 'containers').flatMap((one) => [
    ...textsAt(one, 'command'),
    ...textsAt(one, 'args'),
  ]);
  return new Map(
    words.flatMap((word, index): readonly (readonly [string, string])[] => {
      const [, flag, value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
      if (flag === undefined) return [];
      const next = flag === ACCOUNT ? (words[index + 1] ?? '') : 'true';
      return [[flag, value ?? next]];
    }),
  );
}

/** As Go reads it: https://pkg.go.dev/strconv#ParseBool */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value);
}

/** Absent is off; a written `false` is said of the map itself. */
function withoutImpersonation(before: Manifest, { id, object }: Manifest): readonly Loose[] {
  if (groupOf(id.apiVersion) !== '' || id.kind !== 'ConfigMap' || !id.name.startsWith('argocd-')) return [];
  const [old, now] = [before.object, object].map((one) => textAt(objectAt(one, 'data'), IMPERSONATION));
  if (old !== 'true' || now !== '') return [];
  const sentence = 'every sync runs with the rights of Argo CD itself';
  return [{ pointer: pointer('data'), facet: 'impersonation', sentence }];
}
