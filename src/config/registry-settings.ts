import { NO_AUTH, type RegistryAuth } from '../model/registry-auth.ts';
import { readDockerConfig } from './docker-config.ts';
import { parseRegistryMirrors } from './registry-mirrors.ts';
import { SettingsError, type SettingsProblem } from './settings-problem.ts';

/** With what registries are read; which repositories it may be used for is for the base policy to say. */
export interface RegistrySettings {
  readonly auth: RegistryAuth;
  /** Hosts besides the registry itself that may see its credentials in exchange for a token. */
  readonly realms: ReadonlyMap<string, readonly string[]>;
  /** Where registries are read instead. */
  readonly mirrors: ReadonlyMap<string, string>;
  /** Credential helpers that may be started, and the whole environment that they get. */
  readonly helpers: readonly string[];
  readonly helperEnvironment: Readonly<Record<string, string>>;
}

type Values = Readonly<Record<string, string | undefined>>;

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d{1,5})?$/;
const HELPER = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
/** Where helpers are found, and what those of the clouds sign in with; nothing of presync's own. */
const FOR_HELPERS = /^(?:PATH|HOME|AWS_\w+|AZURE_\w+|GOOGLE_\w+|CLOUDSDK_\w+)$/;

/** Of values whose secrets were read from their files already. */
export function readRegistrySettings(values: Values): {
  readonly registries: RegistrySettings;
  readonly problems: readonly SettingsProblem[];
} {
  const written = values['PRESYNC_REGISTRY_AUTH'] ?? '';
  const { auth, problems } = written === '' ? { auth: NO_AUTH, problems: [] } : readDockerConfig(written);
  const realms = listOf(values['PRESYNC_REGISTRY_REALMS']).map(realmOf);
  const mirrors = parseRegistryMirrors(values['PRESYNC_REGISTRY_MIRRORS'] ?? '');
  const helpers = listOf(values['PRESYNC_CREDENTIAL_HELPERS']);
  const environment = Object.entries(values).flatMap(([name, value]) =>
    FOR_HELPERS.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    registries: {
      auth,
      realms: byRegistry(realms.filter((realm) => typeof realm === 'object')),
      mirrors: new Map(mirrors.flatMap((one) => (typeof one === 'object' ? [[one.registry, one.at] as const] : []))),
      helpers,
      helperEnvironment: Object.fromEntries(environment),
    },
    problems: [
      ...problems.map((message) => ({ name: 'PRESYNC_REGISTRY_AUTH', message: `${message}${hint(written)}` })),
      ...realms
        .filter((realm) => typeof realm === 'string')
        .map((message) => ({ name: 'PRESYNC_REGISTRY_REALMS', message })),
      ...mirrors
        .filter((mirror) => typeof mirror === 'string')
        .map((mirror) => ({ name: 'PRESYNC_REGISTRY_MIRRORS', message: `holds ${mirror}` })),
      ...helpers
        .filter((helper) => !HELPER.test(helper))
        .map((helper) => ({
          name: 'PRESYNC_CREDENTIAL_HELPERS',
          message: `holds ${JSON.stringify(helper.slice(0, 100))}, which is no name behind docker-credential-`,
        })),
    ],
  };
}

function hint(written: string): string {
  return /^[./~]/.test(written) ? '; a path goes into PRESYNC_REGISTRY_AUTH_FILE' : '';
}

/**
 * For the command line: the settings of the service or, without them, the file that Docker keeps for its user, as far as it can be
 * read. `readFile` gives the text of a file, or throws. Throws SettingsError.
 */
export function readUserRegistries(environment: Values, readFile: (path: string) => string): RegistrySettings {
  const { text, isOwn, file } = writtenAuth(environment, readFile);
  const { registries, problems } = readRegistrySettings({ ...environment, PRESYNC_REGISTRY_AUTH: text });
  // A file that other tools keep may hold what presync has no use for.
  const left = problems.filter(({ name }) => isOwn || name !== 'PRESYNC_REGISTRY_AUTH');
  if (left.length > 0) throw new SettingsError(left);
  const isBroken = file !== undefined && text !== undefined && text !== '' && readDockerConfig(text).isBroken === true;
  return isBroken ? { ...registries, auth: { ...registries.auth, lacking: brokenFile(file) } } : registries;
}

/** Most images are public, so it stops nothing; whoever is refused is told. */
function brokenFile(file: string): string {
  return `the credentials that Docker keeps could not be read, since ${file} is no config.json of Docker (a JSON object with auths, credHelpers or credsStore); mend it, or name another file in PRESYNC_REGISTRY_AUTH_FILE`;
}

function writtenAuth(
  environment: Values,
  readFile: (path: string) => string,
): { readonly text: string | undefined; readonly isOwn: boolean; readonly file?: string } {
  const value = environment['PRESYNC_REGISTRY_AUTH'] ?? '';
  const path = environment['PRESYNC_REGISTRY_AUTH_FILE'] ?? '';
  if (value !== '') return { text: value, isOwn: true };
  if (path !== '') return { text: ownFile(path, readFile), isOwn: true };
  const home = environment['HOME'] ?? '';
  const folder = environment['DOCKER_CONFIG'] || (home === '' ? '' : `${home}/.docker`);
  if (folder === '') return { text: undefined, isOwn: false };
  const file = `${folder}/config.json`;
  try {
    return { text: readFile(file), isOwn: false, file };
  } catch {
    return { text: undefined, isOwn: false };
  }
}

function ownFile(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : path;
    const message = `names a file that cannot be read: ${why}`;
    throw new SettingsError([{ name: 'PRESYNC_REGISTRY_AUTH_FILE', message }]);
  }
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
}

interface Realm {
  readonly registry: string;
  readonly host: string;
}

function realmOf(entry: string): Realm | string {
  const [registry = '', host = '', ...more] = entry.toLowerCase().split('=');
  if (HOST.test(registry) && HOST.test(host) && more.length === 0) return { registry, host };
  return `holds ${JSON.stringify(entry.slice(0, 200))}, which is not registry=host, both exact, with a port where there is one`;
}

function byRegistry(realms: readonly Realm[]): ReadonlyMap<string, readonly string[]> {
  const grouped = Map.groupBy(realms, ({ registry }) => registry);
  return new Map([...grouped].map(([registry, found]) => [registry, found.map(({ host }) => host)]));
}
