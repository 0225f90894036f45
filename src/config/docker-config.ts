import { isObject } from '../model/json.ts';
import { passwordOfToken, type RegistryAuth, type RegistryPassword } from '../model/registry-auth.ts';

const ENTRY_KEYS = ['auth', 'username', 'password', 'identitytoken'] as const;
type Entry = { readonly [Key in (typeof ENTRY_KEYS)[number]]?: string | undefined };

/** Tools keep much else in this file, which is left alone. */
interface Config {
  readonly auths: Readonly<Record<string, Entry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
}

/** A helper is a program of this name behind `docker-credential-`, and never a path. */
const HELPER = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d{1,5})?$/;
const HUB = ['index.docker.io', 'registry-1.docker.io', 'docker.io'];

export interface DockerConfig {
  readonly auth: RegistryAuth;
  /** Ends of sentences that begin with the name of the file; no secret stands in them. */
  readonly problems: readonly string[];
  /** It is no such file at all, and nothing could be taken from it. */
  readonly isBroken?: true;
}

/**
 * The config.json of Docker, which a Secret of type kubernetes.io/dockerconfigjson holds as well:
 * https://github.com/docker/cli/blob/v28.0.0/cli/config/configfile/file.go. An entry is for one exact host (P-F3): paths and wildcards,
 * which other tools read into its name, are refused.
 */
export function readDockerConfig(text: string): DockerConfig {
  const config = configOf(jsonOf(text));
  if (config === undefined)
    return failed('is no config.json of Docker: a JSON object with auths, credHelpers or credsStore');
  const { auths, credHelpers, credsStore } = config;
  const entries = Object.entries(auths).map(([name, entry]) => readEntry(name, entry));
  const helpers = Object.entries(credHelpers).map(([name, helper]) => readHelper(name, helper));
  const store = credsStore === undefined || credsStore === '' || HELPER.test(credsStore) ? [] : [badHelper(credsStore)];
  const read = [...entries, ...helpers];
  return {
    auth: {
      passwords: new Map(entries.flatMap((one) => ('password' in one ? [[one.host, one.password] as const] : []))),
      helpers: new Map(helpers.flatMap((one) => ('helper' in one ? [[one.host, one.helper] as const] : []))),
      store: credsStore === '' || store.length > 0 ? undefined : credsStore,
    },
    problems: [...read.flatMap((one) => ('problem' in one ? [one.problem] : [])), ...store],
  };
}

function failed(problem: string): DockerConfig {
  return { auth: { passwords: new Map(), helpers: new Map(), store: undefined }, problems: [problem], isBroken: true };
}

/** By hand: each run on the command line reads this file, and a library of schemas takes longer to load than the run itself. */
function configOf(json: unknown): Config | undefined {
  if (!isObject(json)) return undefined;
  const { auths = {}, credHelpers = {}, credsStore } = json;
  const isFit =
    isRecordOf(auths, isEntry) && isRecordOf(credHelpers, isText) && (credsStore === undefined || isText(credsStore));
  return isFit ? { auths, credHelpers, credsStore } : undefined;
}

function isRecordOf<Value>(json: unknown, isValue: (value: unknown) => value is Value): json is Record<string, Value> {
  return isObject(json) && Object.values(json).every((value) => isValue(value));
}

function isEntry(json: unknown): json is Entry {
  return isObject(json) && ENTRY_KEYS.every((key) => json[key] === undefined || isText(json[key]));
}

function isText(json: unknown): json is string {
  return typeof json === 'string';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type Problem = { readonly problem: string };
type Nothing = Readonly<Record<string, never>>;

/** Docker writes an empty entry for what a helper holds. */
function readEntry(
  name: string,
  entry: Entry,
): Problem | Nothing | { readonly host: string; readonly password: RegistryPassword } {
  const host = hostOf(name);
  if (host === undefined) return { problem: badHost(name) };
  const plain = plainOf(entry);
  if (plain === undefined) return { problem: `has an entry for ${host} whose auth is not base64 of user:password` };
  const token = entry.identitytoken ?? '';
  if (token !== '') {
    const password = passwordOfToken(host, token);
    return password === undefined ? { problem: noExchange(host) } : { host, password };
  }
  return plain.username === '' && plain.password === '' ? {} : { host, password: plain };
}

function noExchange(host: string): string {
  return `has an identity token for ${host}, which presync cannot exchange; write a user and a password or an access token there`;
}

function plainOf({ auth = '', username = '', password = '' }: Entry): RegistryPassword | undefined {
  if (auth === '') return { username, password };
  const text = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function readHelper(name: string, helper: string): Problem | { readonly host: string; readonly helper: string } {
  const host = hostOf(name);
  if (host === undefined) return { problem: badHost(name) };
  return HELPER.test(helper) ? { host, helper } : { problem: badHelper(helper) };
}

/** `https://index.docker.io/v1/` is how Docker has always called its Hub. */
function hostOf(name: string): string | undefined {
  const host = name
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/(?:v[12]\/?)?$/, '');
  if (!HOST.test(host)) return undefined;
  return HUB.includes(host) ? 'docker.io' : host;
}

function badHost(name: string): string {
  return `has an entry for ${JSON.stringify(name.slice(0, 100))}, which is not one exact host; write ghcr.io or registry.example:5000, without path and wildcard`;
}

function badHelper(helper: string): string {
  return `names the helper ${JSON.stringify(helper.slice(0, 100))}, which is no name behind docker-credential-`;
}
