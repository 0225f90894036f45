/** A registry, and where it is read instead: `host[:port][/path]`. */
export interface RegistryMirror {
  readonly registry: string;
  readonly at: string;
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:]+\])(?::\d{1,5})?$/;
const PATH = /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/;

/** `docker.io=registry.internal:5000/hub, ghcr.io=registry.internal:5000`. What is no mirror becomes a sentence. */
export function parseRegistryMirrors(text: string): readonly (RegistryMirror | string)[] {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseMirror);
  const twice = entries.find((one, index) => {
    return typeof one === 'object' && entries.some((other, at) => at < index && sameRegistry(one, other));
  });
  return typeof twice === 'object' ? [...entries, `${twice.registry} twice`] : entries;
}

function sameRegistry({ registry }: RegistryMirror, other: RegistryMirror | string): boolean {
  return typeof other === 'object' && other.registry === registry;
}

function parseMirror(entry: string): RegistryMirror | string {
  const [registry = '', at = '', ...rest] = entry.split('=');
  const [host = '', ...path] = at.split('/');
  const isMirror = HOST.test(registry) && HOST.test(host) && (path.length === 0 || PATH.test(path.join('/')));
  if (rest.length > 0 || !isMirror)
    return `"${entry.slice(0, 200)}", which is not REGISTRY=HOST[:PORT][/PATH], as docker.io=registry.internal:5000/hub`;
  return { registry, at };
}
