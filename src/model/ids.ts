import { PresyncError } from './error.ts';

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A git object name in hex, SHA-1 or SHA-256. */
export type Oid = Branded<string, 'Oid'>;
export type CommitSha = Branded<string, 'CommitSha'>;
/** GitHub's numeric id of an installation of the App. */
export type InstallationId = Branded<number, 'InstallationId'>;
/** GitHub's numeric id of a repository; names change, ids do not (W8). */
export type RepositoryId = Branded<number, 'RepositoryId'>;

export class IdError extends PresyncError<'MALFORMED'> {}

const HEX = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

export function parseOid(text: string): Oid {
  if (!HEX.test(text)) throw new IdError('MALFORMED', `"${text}" is not a git object name`);
  return text as Oid;
}

export function parseCommitSha(text: string): CommitSha {
  if (!HEX.test(text)) throw new IdError('MALFORMED', `"${text}" is not a full commit id`);
  return text as CommitSha;
}

function positive(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new IdError('MALFORMED', `${what} ${value} is not a positive number`);
  return value;
}

export function parseInstallationId(value: number): InstallationId {
  return positive(value, 'installation id') as InstallationId;
}

export function parseRepositoryId(value: number): RepositoryId {
  return positive(value, 'repository id') as RepositoryId;
}
