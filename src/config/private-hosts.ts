import type { PrivateHost } from '../model/host-rules.ts';

/** Exact hosts with their ports, separated by commas: `registry.internal:5000, http://10.0.0.7:8080`. What is none becomes a sentence. */
export function parsePrivateHosts(text: string): readonly (PrivateHost | string)[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parsePrivateHost);
}

const FORM = /^(http:\/\/)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:.]+\]):(\d{1,5})$/;

function parsePrivateHost(entry: string): PrivateHost | string {
  const [, scheme, host = '', port] = FORM.exec(entry.toLowerCase()) ?? [];
  const number = Number(port);
  if (host === '' || !(number >= 1 && number <= 65_535)) {
    return `"${entry.slice(0, 200)}", which is not an exact host:port, with http:// in front where there is no TLS`;
  }
  return { host, port: number, hasTls: scheme === undefined };
}
