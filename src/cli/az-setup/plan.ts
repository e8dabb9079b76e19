import { join } from "node:path";
import type { Credentials } from "../credentials.ts";

/** What a user of Azure's clients has to export, to run and to have. */
export interface SetupPlan {
  /** The az that was found here, or null. */
  azVersion: string | null;
  environment: Readonly<Record<string, string>>;
  /** Shell commands that make Nightcap a cloud of az and log in. */
  commands: readonly string[];
  /** Files that `--write` makes, or that the commands make without it. */
  files: Readonly<Record<"caBundle" | "certificateAuthority" | "pythonFolder", string>>;
  notes: readonly string[];
}

export interface PlanOptions {
  credentials: Credentials;
  /** Folder of the files. */
  directory: string;
  azVersion: string | null;
  /** Whether az needs the folder on PYTHONPATH. */
  withShim: boolean;
  /** Whether the secret is among the variables. */
  showSecret: boolean;
  cloudName: string;
}

export function makePlan(options: PlanOptions): SetupPlan {
  const { directory, azVersion } = options;
  const files = {
    caBundle: join(directory, "ca-bundle.pem"),
    certificateAuthority: join(directory, "nightcap-ca.pem"),
    pythonFolder: join(directory, "python"),
  };
  return {
    azVersion,
    environment: environmentOf(options, files),
    commands: commandsOf(options),
    files,
    notes: notesOf(options),
  };
}

function environmentOf(
  { credentials, withShim, showSecret }: PlanOptions,
  files: SetupPlan["files"],
): Record<string, string> {
  return {
    // az and everything else that uses Python's requests.
    REQUESTS_CA_BUNDLE: files.caBundle,
    // Python's urllib (az with ARM_CLOUD_METADATA_URL), Go (Terraform), curl.
    SSL_CERT_FILE: files.caBundle,
    // Node.js adds this to the authorities that it has.
    NODE_EXTRA_CA_CERTS: files.certificateAuthority,
    AZURE_AUTHORITY_HOST: credentials.endpoint,
    AZURE_TENANT_ID: credentials.tenantId,
    AZURE_SUBSCRIPTION_ID: credentials.subscriptionId,
    AZURE_CLIENT_ID: credentials.clientId,
    ...(showSecret ? { AZURE_CLIENT_SECRET: credentials.clientSecret } : {}),
    ...(withShim ? { PYTHONPATH: files.pythonFolder } : {}),
  };
}

/** Registering again after a change of address needs the old one gone, and no cloud in use can go. */
function commandsOf({ credentials, cloudName }: PlanOptions): string[] {
  const name = shellQuote(cloudName);
  return [
    `if az cloud show --name ${name} >/dev/null 2>&1; then az cloud set --name AzureCloud && az cloud unregister --name ${name}; fi`,
    `az cloud register --name ${name} --endpoint-resource-manager ${shellQuote(credentials.endpoint)}`,
    `az cloud set --name ${name}`,
    `az login --service-principal --username ${shellQuote(credentials.clientId)} --password="$AZURE_CLIENT_SECRET" --tenant ${shellQuote(credentials.tenantId)}`,
  ];
}

function notesOf({ azVersion, withShim, showSecret }: PlanOptions): string[] {
  return [
    azVersion === null
      ? "az was not found here; for az 2.45 of Debian 12 add --debian-12"
      : `az ${azVersion} is installed here${withShim ? "; Debian's needs the folder on PYTHONPATH" : ""}`,
    ...(showSecret
      ? []
      : ["AZURE_CLIENT_SECRET is left out: nightcap az-setup --show-secret includes it"]),
    "az logs in at /adfs, which every version takes; with the tenant as authority in its place, az from 2.54 on needs: az config set core.instance_discovery=false",
    "JavaScript: new ClientSecretCredential(tenant, id, secret, { authorityHost, disableInstanceDiscovery: true })",
  ];
}

/** A word that a POSIX shell takes as it is. */
export const shellQuote = (text: string): string =>
  /^[\w./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Lines of `export`; what PYTHONPATH has already stays behind ours. */
export const exportLines = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment).map(([name, value]) =>
    name === "PYTHONPATH"
      ? `export PYTHONPATH=${shellQuote(value)}"\${PYTHONPATH:+:$PYTHONPATH}"`
      : `export ${name}=${shellQuote(value)}`,
  );
