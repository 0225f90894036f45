import type { AllowedHost, PrivateHost } from '../model/host-rules.ts';
import { parseAllowedHosts } from './allowed-hosts.ts';
import { parsePrivateHosts } from './private-hosts.ts';
import { SettingsError, type SettingsProblem } from './settings-problem.ts';

/** Where content may come from. */
export interface Hosts {
  /** `undefined`: any public host. */
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  readonly privateHosts: readonly PrivateHost[];
}

/** PRESYNC_ALLOWED_HOSTS and PRESYNC_PRIVATE_HOSTS alone, for commands that need no other setting. Throws SettingsError. */
export function readHosts(environment: Readonly<Record<string, string | undefined>>): Hosts {
  const allowed = environment['PRESYNC_ALLOWED_HOSTS'];
  const allowedHosts = allowed === undefined || allowed === '' ? undefined : parseAllowedHosts(allowed);
  const privateHosts = parsePrivateHosts(environment['PRESYNC_PRIVATE_HOSTS'] ?? '');
  const [first, ...rest] = [
    ...problems('PRESYNC_ALLOWED_HOSTS', allowedHosts ?? []),
    ...problems('PRESYNC_PRIVATE_HOSTS', privateHosts),
  ];
  if (first !== undefined) throw new SettingsError([first, ...rest]);
  return { allowedHosts: allowedHosts?.filter(isHost), privateHosts: privateHosts.filter(isHost) };
}

function isHost<Host extends object>(entry: Host | string): entry is Host {
  return typeof entry === 'object';
}

function problems(name: string, entries: readonly (object | string)[]): readonly SettingsProblem[] {
  return entries.filter((entry) => typeof entry === 'string').map((entry) => ({ name, message: `holds ${entry}` }));
}
