import { z } from 'zod';
import type { AllowedHost, PrivateHost } from '../model/host-rules.ts';
import { parseAllowedHosts } from './allowed-hosts.ts';
import { parsePrivateHosts } from './private-hosts.ts';
import { readRegistrySettings, type RegistrySettings } from './registry-settings.ts';
import { SettingsError, type SettingsProblem } from './settings-problem.ts';
import { didYouMean } from './suggest.ts';

/** What the operator says to the service, read once at its start; docs/settings.md explains each. */
export interface Settings {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** Base of GitHub's REST API, without a slash at its end. */
  readonly githubUrl: string;
  readonly stateDir: string;
  /** Absent: any public host. */
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  readonly privateHosts: readonly PrivateHost[];
  readonly registries: RegistrySettings;
  /** File of the operator's own rules. */
  readonly config: string | undefined;
  /** Absent: one process, with an embedded queue. */
  readonly redisUrl: string | undefined;
  readonly port: number;
  readonly allowUnsandboxed: boolean;
  /** Stacks of our own faults on standard error. */
  readonly debug: boolean;
}

const SECRETS = ['PRESYNC_PRIVATE_KEY', 'PRESYNC_WEBHOOK_SECRET', 'PRESYNC_REGISTRY_AUTH', 'REDIS_URL'] as const;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const Flag = z.literal('1', 'takes 1, or is not set').optional();
const RedisUrl = z
  .string()
  .refine((text) => ['redis:', 'rediss:'].includes(urlOf(text)?.protocol ?? ''), 'is no redis:// or rediss:// URL')
  .refine(
    (text) => urlOf(text) === undefined || isLoopback(text) || urlOf(text)?.password !== '',
    // A27, CVE-2024-31989: whoever reaches an open Redis writes verdicts.
    'names a Redis on the network without a password: give it one and write it into the URL',
  );

const Environment = z.object({
  PRESYNC_APP_ID: z
    .string('is missing: the number of the GitHub App')
    .regex(/^[1-9]\d{0,14}$/, 'is not the number of a GitHub App'),
  PRESYNC_PRIVATE_KEY: z
    .string('is missing: the private key of the GitHub App, or PRESYNC_PRIVATE_KEY_FILE')
    .transform((text) => text.replaceAll(String.raw`\n`, '\n').trim())
    .refine(
      (text) =>
        /^-----BEGIN (?:RSA )?PRIVATE KEY-----\n[\s\S]+\n-----END (?:RSA )?PRIVATE KEY-----$/.test(
          text.replaceAll('\r', ''),
        ),
      'is no private key in PEM form, as GitHub hands it out',
    ),
  PRESYNC_WEBHOOK_SECRET: z.string('is missing: the webhook secret of the GitHub App, or PRESYNC_WEBHOOK_SECRET_FILE'),
  PRESYNC_GITHUB_URL: z.string().default('https://api.github.com'),
  PRESYNC_STATE_DIR: z.string('is missing: a folder for clones, caches and, without Redis, verdicts'),
  PRESYNC_ALLOWED_HOSTS: z.string().optional(),
  PRESYNC_PRIVATE_HOSTS: z.string().default(''),
  PRESYNC_REGISTRY_AUTH: z.string().optional(),
  PRESYNC_REGISTRY_REALMS: z.string().optional(),
  PRESYNC_CREDENTIAL_HELPERS: z.string().optional(),
  PRESYNC_CONFIG: z.string().optional(),
  REDIS_URL: RedisUrl.optional(),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'is no port')
    .refine((text) => Number(text) <= 65_535, 'is no port')
    .default('3000'),
  PRESYNC_ALLOW_UNSANDBOXED: Flag,
  PRESYNC_DEBUG: Flag,
});

/** Every name that is read, secrets also as a file. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.keys(Environment.shape),
  ...SECRETS.map((name) => `${name}_FILE`),
];

type Values = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as none. `readFile` gives the text of a file, or throws. Throws SettingsError. */
export function readSettings(environment: Values, readFile: (path: string) => string): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const files = SECRETS.map((name) => secretOf(name, given, readFile));
  const values: Values = { ...given, ...Object.fromEntries(files.map(({ name, value }) => [name, value])) };
  const fromFiles = files.flatMap(({ name, message }) =>
    message === undefined ? [] : [{ name: `${name}_FILE`, message }],
  );
  const parsed = Environment.safeParse(values);
  const unread = new Set(fromFiles.map(({ name }) => name.replace(/_FILE$/, '')));
  const issues = firstOfEach(parsed.error?.issues ?? []);
  const { registries, problems: ofRegistries } = readRegistrySettings(values);
  const problems = [
    ...unknownNames(given),
    ...fromFiles,
    ...issues.filter(({ name }) => !unread.has(name)),
    ...hostProblems(values),
    ...ofRegistries,
  ];
  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  return toSettings(parsed.data, registries);
}

/** The second sentence about one value only repeats the first. */
function firstOfEach(issues: readonly z.core.$ZodIssue[]): readonly SettingsProblem[] {
  const names = [...new Set(issues.map(({ path }) => String(path[0])))];
  return names.map((name) => ({ name, message: issues.find(({ path }) => path[0] === name)?.message ?? 'is wrong' }));
}

interface Secret {
  readonly name: string;
  readonly value: string | undefined;
  readonly message?: string;
}

function secretOf(name: string, given: Values, readFile: (path: string) => string): Secret {
  const [value, path] = [given[name], given[`${name}_FILE`]];
  if (path === undefined) return { name, value };
  if (value !== undefined) return { name, value, message: `is set, and ${name} as well; one of them must go` };
  try {
    const text = readFile(path).replace(/\r?\n$/, '');
    return text === '' ? { name, value, message: `names an empty file: ${path}` } : { name, value: text };
  } catch (error) {
    return {
      name,
      value,
      message: `names a file that cannot be read: ${error instanceof Error ? error.message : path}`,
    };
  }
}

/**
 * Kubernetes puts the address of each Service into the environment; that of a Service `presync` begins like our settings.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;

function unknownNames(given: Values): readonly SettingsProblem[] {
  return Object.entries(given)
    .filter(([name]) => name.startsWith('PRESYNC_') && !SETTING_NAMES.includes(name))
    .filter(
      ([name, value]) =>
        !SERVICE_LINK.test(name) && !(name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value ?? '')),
    )
    .map(([name]) => {
      const meant = didYouMean(
        name.replace(/^PRESYNC_/, ''),
        SETTING_NAMES.map((known) => known.replace(/^PRESYNC_/, '')),
      );
      const full = SETTING_NAMES.find((known) => known === meant || known === `PRESYNC_${meant}`);
      return {
        name,
        message: full === undefined ? 'is no setting of presync' : `is no setting of presync; did you mean ${full}?`,
      };
    });
}

/** Hosts that are no hosts, and an API that the token would reach in the clear. */
function hostProblems(values: Values): readonly SettingsProblem[] {
  const hosts = parsePrivateHosts(values['PRESYNC_PRIVATE_HOSTS'] ?? '');
  const github = githubProblem(values['PRESYNC_GITHUB_URL'], hosts);
  return [
    ...allowedProblems(values['PRESYNC_ALLOWED_HOSTS']),
    ...wrongEntries('PRESYNC_PRIVATE_HOSTS', hosts),
    ...(github === undefined ? [] : [{ name: 'PRESYNC_GITHUB_URL', message: github }]),
  ];
}

/** A list of no hosts at all would be read as "none" by one and as "any" by another. */
function allowedProblems(text: string | undefined): readonly SettingsProblem[] {
  if (text === undefined) return [];
  const name = 'PRESYNC_ALLOWED_HOSTS';
  const hosts = parseAllowedHosts(text);
  return hosts.length === 0
    ? [{ name, message: 'names no host; leave it out to allow any' }]
    : wrongEntries(name, hosts);
}

function wrongEntries(name: string, entries: readonly unknown[]): readonly SettingsProblem[] {
  return entries.filter((entry) => typeof entry === 'string').map((entry) => ({ name, message: `holds ${entry}` }));
}

function githubProblem(text: string | undefined, hosts: readonly (PrivateHost | string)[]): string | undefined {
  if (text === undefined) return undefined;
  const url = urlOf(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return 'is no https:// URL of an API';
  if ([url.username, url.password, url.search, url.hash].join('') !== '') return 'has more than a host and a path';
  if (url.protocol === 'https:' || isLoopback(text) || isListed(url, hosts)) return undefined;
  return 'is not https://, so tokens could be read on the way; a private host without TLS is named in PRESYNC_PRIVATE_HOSTS with http://';
}

function isListed(url: URL, hosts: readonly (PrivateHost | string)[]): boolean {
  const port = Number(url.port || 80);
  return hosts.some((one) => typeof one === 'object' && !one.hasTls && one.host === url.hostname && one.port === port);
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isLoopback(text: string): boolean {
  return LOOPBACK.test(urlOf(text)?.hostname ?? '');
}

function toSettings(values: z.infer<typeof Environment>, registries: RegistrySettings): Settings {
  const { PRESYNC_ALLOWED_HOSTS: allowed } = values;
  return Object.freeze({
    appId: Number(values.PRESYNC_APP_ID),
    privateKey: `${values.PRESYNC_PRIVATE_KEY}\n`,
    webhookSecret: values.PRESYNC_WEBHOOK_SECRET,
    githubUrl: values.PRESYNC_GITHUB_URL.replace(/\/+$/, ''),
    stateDir: values.PRESYNC_STATE_DIR,
    allowedHosts: allowed === undefined ? undefined : hostsOf(parseAllowedHosts(allowed)),
    privateHosts: hostsOf(parsePrivateHosts(values.PRESYNC_PRIVATE_HOSTS)),
    registries,
    config: values.PRESYNC_CONFIG,
    redisUrl: values.REDIS_URL,
    port: Number(values.PORT),
    allowUnsandboxed: values.PRESYNC_ALLOW_UNSANDBOXED === '1',
    debug: values.PRESYNC_DEBUG === '1',
  });
}

function hostsOf<Host extends object>(entries: readonly (Host | string)[]): readonly Host[] {
  return Object.freeze(entries.filter((entry) => typeof entry === 'object').map((host) => Object.freeze(host)));
}
