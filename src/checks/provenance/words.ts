import { type ImageRef, imageText } from '../../model/image-ref.ts';
import type { SignerRule } from '../../model/policy.ts';
import type { Believed, Signer } from '../../model/provenance.ts';
import { type Place, placeKey } from './place.ts';
import type { Before, Case } from './row.ts';
import { keyFile } from './commands.ts';
import { repositoryOf } from './signer.ts';
import { dayOf } from './standing.ts';
import type { ReadEvidence } from './subjects.ts';
import { listed, plain, signerText } from './text.ts';
import { parseWorkflowUri } from './workflow-uri.ts';

/** `a` or `a and b`: the images that ran at a place. */
export function imagesText(before: readonly Before[]): string {
  return listed([...new Set(before.map(({ place }) => imageText(place.ref)))]);
}

/** The container itself; where it comes after another place, its app; and where that never ran it, who did. */
export function whoRan(
  { place, isElsewhere }: Pick<Case, 'place' | 'isElsewhere'>,
  before: readonly { readonly place: Place }[],
): string {
  if (isElsewhere) return listed([...new Set(before.map((one) => ownerText(one.place, place)))]);
  const isSame = place.object === null || before.some((one) => placeKey(one.place) === placeKey(place));
  return isSame ? place.name : 'its app';
}

function ownerText({ object, app, cluster }: Place, place: Place): string {
  const where = cluster === place.cluster || cluster === '' ? '' : ` in ${cluster}`;
  if (object === null) return `${app}${where}`;
  return `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name}${where}`;
}

/** `github.com/acme/shop … on 2026-10-02`, each signer once, with its latest day. */
export function madeBy(made: readonly Believed[]): string {
  const bySigner = Map.groupBy(made, ({ signer }) => signerText(signer));
  return listed(
    [...bySigner].map(([text, own]) => {
      const day =
        own
          .map(({ signedAt }) => dayOf(signedAt))
          .toSorted()
          .at(-1) ?? '';
      return day === '' ? text : `${text} on ${day}`;
    }),
  );
}

/** What lies beside the image and does not count; '' where nothing does. */
export function rejectedText({ rejected }: ReadEvidence): string {
  const reasons = rejected.map(({ place, reason }) => `${plain(place)} proves nothing: ${plain(reason)}`);
  return reasons.length === 0 ? '' : `; ${listed(reasons)}`;
}

/** The image by what it is. */
export function exactly(ref: ImageRef, { digest }: ReadEvidence): string {
  return imageText({ ...ref, digest });
}

/** The rule that only this signer meets, whatever the release. */
export function ruleFor(signer: Signer): SignerRule {
  switch (signer.kind) {
    case 'key':
      return { kind: 'key', key: signer.name };
    case 'certificate':
      return { kind: 'certificate', root: signer.root, subject: signer.subject };
    case 'keyless': {
      const { issuer, subject } = signer;
      const [repository, found] = [repositoryOf(signer), parseWorkflowUri(subject)];
      const rule = { kind: 'keyless', issuer, allowsSelfHosted: false } as const;
      if (found === undefined || repository === undefined) return { ...rule, subject };
      const workflow = found.repository === repository ? found.file : `${found.repository}/${found.file}`;
      return { ...rule, repository, workflow };
    }
  }
}

/** As an entry under `images:` has it. */
export function entryText(match: string, rule: SignerRule): string {
  return `{ match: ${match}, require: { signature: { ${signerEntry(rule)} } } }`;
}

const NEW_FILE = 'keys/signer.pub';

/** What has to be there before the entry can be: a key is named by its file, and not every key came from one. */
export function beforeEntry(rule: SignerRule): string {
  if (rule.kind !== 'key' || keyFile(rule.key) !== undefined) return '';
  return `, with that public key (${plain(rule.key)}) in ${NEW_FILE}`;
}

function signerEntry(rule: SignerRule): string {
  switch (rule.kind) {
    case 'key':
      return `key: { file: ${yamlText(keyFile(rule.key) ?? NEW_FILE)} }`;
    case 'certificate':
      return `certificate: { authority: ${yamlText(rule.root)}, subject: ${yamlText(rule.subject)} }`;
    case 'keyless': {
      const { issuer, subject, repository, workflow } = rule;
      const facts = Object.entries({ issuer, subject, repository, workflow });
      return `keyless: { ${facts.flatMap(([key, value]) => (value === undefined ? [] : `${key}: ${yamlText(value)}`)).join(', ')} }`;
    }
  }
}

/** A text inside a flow mapping: what is no plain word there stands in quotes, and stays one text. */
function yamlText(text: string): string {
  const shown = plain(text);
  return /^[a-z][\w./@:+*-]*$/i.test(shown) || /^\.[a-z][\w./-]*$/i.test(shown) ? shown : JSON.stringify(shown);
}
