import { readFile } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import type { FlowSource } from "./flow-source.ts";

export interface SourceOptions {
  /** File with a storage account's key. */
  readonly accountKeyFile?: string;
  /** File with a storage account's connection string; its AccountKey is used. */
  readonly connectionStringFile?: string;
  /** PEM of an authority that is trusted for https instead of the system's. */
  readonly certificateAuthorityPem?: string;
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3CredentialsFile?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What the caller knows about a store at this URL, such as Nightcap's own; null for a stranger. */
  readonly knownStore?: (
    url: URL,
  ) => Promise<{ accountKey: string; certificateAuthorityPem?: string } | null>;
}

const forms =
  "a file, a folder, https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX][?SAS], https://HOST/ACCOUNT/CONTAINER[/PREFIX], or s3://BUCKET[/PREFIX]";

/** Opens what a person named: each kind's code is loaded only when it is wanted. */
export async function openFlowSource(place: string, options: SourceOptions): Promise<FlowSource> {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(place)?.[1]?.toLowerCase();
  if (scheme === undefined)
    return (await import("./directory-source.ts")).openDirectorySource(place);
  if (!URL.canParse(place)) throw new NightcapError("InvalidParameter", `no URL; give ${forms}`);
  const url = new URL(place);
  if (scheme === "s3") return openS3(url, options);
  if (scheme === "https" || scheme === "http") return openAzure(url, options);
  throw new NightcapError("InvalidParameter", `${scheme}:// is not known here; give ${forms}`);
}

async function openS3(url: URL, options: SourceOptions): Promise<FlowSource> {
  const { awsRegion, readAwsCredentials } = await import("./aws-credentials.ts");
  const endpoint = options.s3Endpoint ?? options.variables["AWS_ENDPOINT_URL_S3"];
  return (await import("./s3-source.ts")).openS3Source({
    url,
    region: options.s3Region ?? awsRegion(options.variables),
    credentials: await readAwsCredentials(options.variables, options.s3CredentialsFile),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

async function openAzure(url: URL, options: SourceOptions): Promise<FlowSource> {
  const isSigned = url.searchParams.has("sig");
  const key = isSigned ? undefined : await readAccountKey(options);
  const known = (await options.knownStore?.(url)) ?? null;
  const accountKey = key ?? (isSigned ? undefined : known?.accountKey);
  const certificateAuthorityPem = options.certificateAuthorityPem ?? known?.certificateAuthorityPem;
  return (await import("./azure-source.ts")).openAzureSource({
    url,
    ...(accountKey === undefined ? {} : { accountKey }),
    ...(certificateAuthorityPem === undefined ? {} : { certificateAuthorityPem }),
  });
}

async function readAccountKey(options: SourceOptions): Promise<string | undefined> {
  const { accountKeyFile, connectionStringFile } = options;
  if (accountKeyFile !== undefined)
    return checkedKey(await readText(accountKeyFile), accountKeyFile);
  if (connectionStringFile === undefined) return undefined;
  const text = await readText(connectionStringFile);
  const [, key] = /(?:^|;)\s*AccountKey=([^;]+)/i.exec(text) ?? [];
  return checkedKey(key ?? "", connectionStringFile);
}

function checkedKey(text: string, path: string): string {
  if (/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) return text;
  throw new NightcapError("SecretUnreadable", `${path} holds no account key (base64)`);
}

async function readText(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SecretUnreadable", `cannot read ${path}`, { cause });
  });
  return text.trim();
}
