import { NightcapError } from "../common/errors.ts";
import { openAzureContainer } from "../storage/transfer/azure-container.ts";
import type { FlowSource } from "./flow-source.ts";
import { listFlowLogs } from "./list-flow-logs.ts";

export interface AzureSourceOptions {
  /** `https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX]` or `https://HOST/ACCOUNT/CONTAINER[/PREFIX]`, with or without a SAS. */
  readonly url: URL;
  /** Base64, as the account's page shows it. */
  readonly accountKey?: string;
  /** Trusted instead of the system's authorities. */
  readonly certificateAuthorityPem?: string;
}

/** A container of an Azure storage account, or of Nightcap's embedded store. */
export function openAzureSource(options: AzureSourceOptions): FlowSource {
  const { account, prefix, containerUrl } = readAzureUrl(options.url);
  const { accountKey, certificateAuthorityPem } = options;
  const remote = openAzureContainer({
    url: `${containerUrl}${options.url.search}`,
    prefix,
    ...(accountKey === undefined ? {} : { sharedKey: { account, key: accountKey } }),
    ...(certificateAuthorityPem === undefined ? {} : { certificateAuthorityPem }),
  });
  return {
    title: containerUrl,
    list: (signal) => listFlowLogs(remote, prefix, signal),
    read: (blob, range, signal) => remote.read(blob, range, signal),
    blocks: remote.blocks && (async (blob, signal) => (await remote.blocks?.(blob, signal)) ?? []),
    watch: null,
  };
}

/** Splits an address in either style. */
function readAzureUrl(url: URL) {
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const isHostStyle = isAccountHost(url.hostname);
  const account = isHostStyle ? (url.hostname.split(".")[0] ?? "") : (parts.shift() ?? "");
  const [first, ...rest] = parts;
  if (account === "" || first === undefined) {
    const form = isHostStyle ? `https://${url.host}` : `https://${url.host}/ACCOUNT`;
    throw new NightcapError(
      "InvalidParameter",
      `${url.origin}${url.pathname} names no container: give ${form}/CONTAINER or ${form}/CONTAINER/PREFIX`,
    );
  }
  const base = isHostStyle ? url.origin : `${url.origin}/${account}`;
  return {
    account,
    containerUrl: `${base}/${first}`,
    prefix: decodePath(rest) + (rest.length > 0 && url.pathname.endsWith("/") ? "/" : ""),
  };
}

/** Accounts have hosts of their own in Azure; an emulator and Nightcap put the account in the path. */
const isAccountHost = (host: string): boolean =>
  /^[a-z0-9]{3,24}(?:-secondary)?\.blob\./.test(host);

function decodePath(parts: readonly string[]): string {
  try {
    return parts.map(decodeURIComponent).join("/");
  } catch {
    throw new NightcapError("InvalidParameter", `"${parts.join("/")}" is no percent-encoded path`);
  }
}
