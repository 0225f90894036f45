import { sentenceOf } from '../../model/error.ts';
import { passwordOfToken, type RegistryAuth } from '../../model/registry-auth.ts';
import { ToolError, type ToolRunner } from '../../ports/tool-runner.ts';
import type { Credentials, CredentialSource, NoCredentials } from './sign-in.ts';

export interface CredentialOptions {
  readonly auth: RegistryAuth;
  /** Helpers that the operator lets presync start; each opens connections of its own. */
  readonly helpers: readonly string[];
  readonly runner: ToolRunner;
  /** The whole environment of a helper: where it is found, and what it needs to sign in to its cloud. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly now: () => Date;
}

/** https://github.com/docker/docker-credential-helpers: one JSON object, and tokens of clouds have some kilobytes. */
const HELPER_BYTES = 64 * 1024;
const HELPER_MS = 20_000;
/** The shortest-lived tokens of clouds live an hour, those of ECR twelve. */
const KEEP_MS = 10 * 60_000;
/** What helpers answer, with an exit status above 0, where they have nothing. */
const NOTHING = /credentials not found/i;

interface Held {
  readonly answer: Promise<Credentials | NoCredentials | undefined>;
  readonly until: number;
}

/** The operator's credentials, by exact host: those of the file first, then what a helper says that the operator allows. */
export function operatorCredentials(options: CredentialOptions): CredentialSource {
  const { auth, now } = options;
  const held = new Map<string, Held>();

  function ask(helper: string, registry: string): Promise<Credentials | NoCredentials | undefined> {
    const known = held.get(registry);
    if (known !== undefined && known.until > now().getTime()) return known.answer;
    const answer = askHelper(options, { helper, registry });
    held.set(registry, { answer, until: now().getTime() + KEEP_MS });
    return answer;
  }

  return {
    lacking: auth.lacking,
    has: (registry) => auth.passwords.has(registry) || helperFor(auth, registry) !== undefined,
    get(registry) {
      const password = auth.passwords.get(registry);
      if (password !== undefined) return password;
      const helper = helperFor(auth, registry);
      if (helper === undefined) return undefined;
      if (options.helpers.includes(helper)) return ask(helper, registry);
      return {
        none: `docker-credential-${helper} would have credentials for ${registry}, and the operator of presync does not allow it; name ${helper} in PRESYNC_CREDENTIAL_HELPERS`,
      };
    },
  };
}

function helperFor({ helpers, store }: RegistryAuth, registry: string): string | undefined {
  return helpers.get(registry) ?? store;
}

interface HelperWant {
  readonly helper: string;
  readonly registry: string;
}

/** What goes wrong in a helper is no reason to stop: the registry may be public, and where it is not, the reason is told. */
async function askHelper(
  { runner, environment, cwd }: CredentialOptions,
  { helper, registry }: HelperWant,
): Promise<Credentials | NoCredentials | undefined> {
  const program = `docker-credential-${helper}`;
  const url = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
  const limits = { timeoutMs: HELPER_MS, maxOutputBytes: HELPER_BYTES };
  try {
    const stdin = Buffer.from(`${url}\n`);
    const { status, stdout } = await runner.run({ program, args: ['get'], cwd, env: environment, stdin, ...limits });
    const text = Buffer.from(stdout).toString('utf8');
    if (status !== 0 && NOTHING.test(text)) return undefined;
    // Nothing that it printed is shown: it may be a secret.
    if (status !== 0) return { none: `${program} failed for ${registry} with the status ${status}; run it by hand` };
    return credentialsIn(text, registry) ?? { none: `${program} gave no user and password for ${registry}` };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { none: `${program} gave no credentials for ${registry}: ${sentenceOf(error)}` };
  }
}

function credentialsIn(text: string, registry: string): Credentials | undefined {
  const { Username: username, Secret: password } = objectOf(text);
  if (typeof username !== 'string' || typeof password !== 'string' || password === '') return undefined;
  if (username !== '<token>') return username === '' ? undefined : { username, password };
  return passwordOfToken(registry, password);
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
