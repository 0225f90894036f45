import type { AllowedHost } from '../model/host-rules.ts';

/** Exact hosts, or all names below one, separated by commas: `ghcr.io, *.example.com`. What is none becomes a sentence. */
export function parseAllowedHosts(text: string): readonly (AllowedHost | string)[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseAllowedHost);
}

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const FORM = new RegExp(String.raw`^(\*\.)?(${LABEL}(?:\.${LABEL})*)$|^(\[[a-f0-9:.]+\])$`);

function parseAllowedHost(entry: string): AllowedHost | string {
  const [, star, name, address] = FORM.exec(entry.toLowerCase()) ?? [];
  const host = name ?? address;
  // URLs spell addresses in one way only, and by that spelling hosts are compared: 127.1 and [0::1] would never be met.
  const isCanonical = host !== undefined && URL.parse(`https://${host}`)?.hostname === host;
  if (!isCanonical || (star !== undefined && /^[\d.]+$/.test(host))) {
    return `"${entry.slice(0, 200)}", which is neither a host nor *.suffix, without scheme, port and path`;
  }
  return { host, isSuffix: star !== undefined };
}
