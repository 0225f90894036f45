import { ChangeHostError } from '../../ports/change-host.ts';

/** Who asked: a refused token is a matter of time (T4), a refused App is not. */
type Asker = 'app' | 'installation';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly documentation: string;
}

/** What was thrown as a ChangeHostError; `doing` completes "GitHub … while". Errors of our own pass. */
export function toChangeHostError(error: unknown, doing: string, asker: Asker): unknown {
  const answer = answerIn(error);
  if (answer === undefined) return error;
  const code = codeOf(answer, asker);
  return new ChangeHostError(code, `${SENTENCES[code]} while ${doing} (${answer.status})`, { cause: error });
}

const SENTENCES = {
  UNREACHABLE: 'GitHub did not answer as it should',
  RATE_LIMITED: 'GitHub asked to slow down',
  DENIED: 'GitHub did not allow the App to go on',
  NOT_FOUND: 'GitHub did not find what was asked for',
  REFUSED: 'GitHub refused what was sent',
} as const;

const PLAIN: Readonly<Record<number, keyof typeof SENTENCES>> = {
  403: 'DENIED',
  404: 'NOT_FOUND',
  410: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  451: 'NOT_FOUND',
};

function codeOf(answer: Answer, asker: Asker): keyof typeof SENTENCES {
  const { status } = answer;
  if (status >= 500 || status === 0) return 'UNREACHABLE';
  // T4: for some seconds after its creation a token is not known everywhere.
  if (status === 401) return asker === 'installation' ? 'UNREACHABLE' : 'DENIED';
  if (status === 403 && isLimit(answer)) return 'RATE_LIMITED';
  return PLAIN[status] ?? 'REFUSED';
}

/** T5 and T6: both limits may come as 403. */
function isLimit({ headers, documentation }: Answer): boolean {
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    documentation.includes('rate-limit')
  );
}

/** RequestError of Octokit, told by its shape; a network error has the status 500 there. */
function answerIn(error: unknown): Answer | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  if (typeof status !== 'number') return undefined;
  const response = 'response' in error ? asObject(error.response) : {};
  const documentation = asObject(response['data'])['documentation_url'];
  return {
    status,
    headers: asObject(response['headers']),
    documentation: typeof documentation === 'string' ? documentation : '',
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
