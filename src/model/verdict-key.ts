import { PresyncError } from './error.ts';

/** What a verdict was made for (DESIGN 4: never by head alone). */
export interface VerdictKey {
  readonly installation: number;
  readonly repository: number;
  /** `pull/12`, or `group/<head>` for a merge group. */
  readonly subject: string;
  readonly head: string;
  readonly base: string;
  /** Digest of everything besides the base commit that judged: the operator's configuration and the build. */
  readonly rules: string;
  /** The attempt of the check run that it was made for. */
  readonly attempt: number;
}

export class VerdictIdError extends PresyncError<'MALFORMED'> {}

const SHA = '([0-9a-f]{40}|[0-9a-f]{64})';
const NUMBER = '([1-9][0-9]{0,15})';
const FORM = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.(?:pull-${NUMBER}|group)\\.${SHA}\\.${SHA}\\.([0-9a-f]{8,64})\\.([1-9][0-9]{0,5})$`,
);

/** One text per key, and back: a job that carries the id says all that it is about, and nothing else can be smuggled in. */
export function verdictId(key: VerdictKey): string {
  const { installation, repository, subject, head, base, rules, attempt } = key;
  const kind = subject.startsWith('pull/') ? subject.replace('/', '-') : 'group';
  return [installation, repository, kind, head, base, rules, attempt].join('.');
}

/** Throws VerdictIdError (`MALFORMED`). */
export function parseVerdictId(id: string): VerdictKey {
  const found = FORM.exec(id);
  if (found === null) throw new VerdictIdError('MALFORMED', 'this is not the id of a verdict');
  const [, installation, repository, pull, head = '', base = '', rules = '', attempt] = found;
  return {
    installation: Number(installation),
    repository: Number(repository),
    subject: pull === undefined ? `group/${head}` : `pull/${pull}`,
    head,
    base,
    rules,
    attempt: Number(attempt),
  };
}
