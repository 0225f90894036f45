import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import type { TrustMaterial } from '@sigstore/verify';
import { sentenceOf } from '../../model/error.ts';
import type { MissingRoot, Trust, TrustedAuthority, TrustedKey, TrustedRoot } from '../../model/provenance.ts';
import { pemBlock, pemBlocks } from './base64.ts';
import { extendedUsages, isSelfSigned, parseCertificate, TIME_STAMPING } from './certificate.ts';
import { keyFault } from './key-signature.ts';
import { readRoot } from './own-root.ts';
import { malformed } from './refusal.ts';

export interface UsableRoot extends Pick<TrustedRoot, 'name' | 'thresholds' | 'issuer' | 'isScoped'> {
  readonly material: TrustMaterial;
}

export interface UsableKey extends Omit<TrustedKey, 'pem'> {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly der: Buffer;
  readonly fingerprint: string;
}

export interface UsableAuthority extends Pick<TrustedAuthority, 'name'> {
  readonly chain: readonly X509Certificate[];
  /** No intermediates are named, so that they may come with a signature. */
  readonly isRootAlone: boolean;
  readonly stampers: readonly X509Certificate[];
}

/** Trust with keys and certificates read. What cannot be used is left out and said: it vouches for nothing. */
export interface UsableTrust {
  readonly roots: readonly UsableRoot[];
  readonly keys: readonly UsableKey[];
  readonly authorities: readonly UsableAuthority[];
  readonly missing: readonly MissingRoot[];
  readonly problems: readonly string[];
}

export function usableTrust({ roots, keys, authorities, missing = [] }: Trust): UsableTrust {
  const problems: string[] = [];
  const usable = <From extends { readonly name: string }, To>(
    list: readonly From[],
    read: (from: From) => To,
  ): readonly To[] =>
    list.flatMap((from) => {
      try {
        return [read(from)];
      } catch (error) {
        problems.push(`${from.name} is not trusted: ${sentenceOf(error)}`);
        return [];
      }
    });
  const read = {
    roots: usable(roots, usableRoot),
    keys: usable(keys, usableKey),
    authorities: usable(authorities, usableAuthority),
  };
  return { ...read, missing, problems };
}

/** What of it cannot be used, a sentence each: to be said where it was written. */
export function trustProblems(trust: Trust): readonly string[] {
  return usableTrust(trust).problems;
}

function usableRoot({ json, ...root }: TrustedRoot): UsableRoot {
  const read = readRoot(json);
  if ('problems' in read) throw malformed(read.problems.join('; '));
  return { ...root, material: read.material };
}

function usableKey({ pem, ...key }: TrustedKey): UsableKey {
  const { label } = pemBlock(pem, 'it');
  // Of a private key Node would make the public one, and the secret would stand in a repository unnoticed.
  if (label !== 'PUBLIC KEY' && label !== 'RSA PUBLIC KEY')
    throw malformed(`it is a ${label}, not a PUBLIC KEY in PEM`);
  const object = createPublicKey(pem);
  const fault = keyFault(object);
  if (fault !== undefined) throw malformed(fault);
  for (const time of [key.validFrom, key.validUntil])
    if (time !== undefined && Number.isNaN(Date.parse(time))) throw malformed(`${time} is no time`);
  const der = object.export({ format: 'der', type: 'spki' });
  return { ...key, key: object, der, fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}` };
}

function usableAuthority({ name, pem, timestampPem }: TrustedAuthority): UsableAuthority {
  const stampers = timestampPem === undefined ? [] : certificatesIn(timestampPem);
  const [stamper] = stampers;
  if (stamper !== undefined && !extendedUsages(stamper).includes(TIME_STAMPING))
    throw malformed('the first certificate of its timestamp authority is not one for timestamps');
  const chain = certificatesIn(pem);
  return { name, chain, isRootAlone: chain.every(isSelfSigned), stampers };
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pemBlocks(pem, 'it');
  const other = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (other !== undefined) throw malformed(`it holds a ${other.label}; only certificates belong there`);
  if (blocks.length === 0) throw malformed('it holds no certificate in PEM');
  return blocks.map(({ der }) => parseCertificate(der));
}
