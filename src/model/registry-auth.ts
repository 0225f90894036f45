export interface RegistryPassword {
  readonly username: string;
  readonly password: string;
}

/** What the operator has for registries, by their exact hosts as images name them (`docker.io`, `registry.example:5000`). */
export interface RegistryAuth {
  readonly passwords: ReadonlyMap<string, RegistryPassword>;
  /** Names of credential helpers: `ecr-login` is the program docker-credential-ecr-login. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper that is asked for every other host. */
  readonly store: string | undefined;
  /** Why there is nothing where something was expected, as the end of a sentence that says what to do. */
  readonly lacking?: string | undefined;
}

export const NO_AUTH: RegistryAuth = { passwords: new Map(), helpers: new Map(), store: undefined };

/** Azure's registries take an identity token as the password of nobody: https://learn.microsoft.com/azure/container-registry/container-registry-authentication */
const AZURE = /\.azurecr\.(?:io|cn|us)$/;
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** An identity token as a password; undefined where it would have to be exchanged, which presync does not do. */
export function passwordOfToken(registry: string, token: string): RegistryPassword | undefined {
  return AZURE.test(registry) ? { username: NOBODY, password: token } : undefined;
}
