import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describeError, NightcapError } from "../../common/errors.ts";
import { manifestExtension } from "../../evidence/manifest.ts";
import { redactSas } from "../../storage/access/sas.ts";
import { downloadFile } from "../../storage/transfer/download.ts";
import { linkToBlob } from "../capture-download.ts";
import { openControlPlaneClient } from "../control-plane-client.ts";
import { readCredentials } from "../credentials.ts";
import { manifestNames, readManifestText } from "./manifest-source.ts";

/** A capture may be large, and a line slow. */
const downloadMilliseconds = 3_600_000;

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/**
 * Fetches the blob of a URL and the manifest that lies beside it, and hands both to `work` as a file and
 * a text; nothing of them is kept. A URL without a signature is one of the control plane's accounts.
 */
export async function withBlobOf<Result>(
  text: string,
  options: { manifest?: string; state: string },
  work: (path: string, manifest: string) => Promise<Result>,
): Promise<Result> {
  const url = readUrl(text);
  const name = nameOf(url);
  const folder = await mkdtemp(join(tmpdir(), "nightcap-verify-"));
  try {
    const connect = await connectorOf(url, options.state);
    const path = join(folder, name);
    await fetchTo(path, await connect(url));
    const manifest = options.manifest ?? (await fetchManifestBeside(url, { folder, connect }));
    return await work(path, await readManifestText(manifest));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Link {
  url: string;
  certificateAuthorityPem?: string;
}
type Connect = (url: URL) => Promise<Link>;

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === "https:") return url;
  throw invalid(`${redactSas(text)} is no URL of a blob that can be fetched: https is needed`);
}

function nameOf(url: URL): string {
  const name = basename(decodeURIComponent(url.pathname));
  if (name !== "" && name !== "." && name !== "..") return name;
  throw invalid(`${url.origin}${url.pathname} names no blob`);
}

/** The URL's own signature, which has to open the manifest as well; otherwise the control plane's keys. */
async function connectorOf(url: URL, state: string): Promise<Connect> {
  if (url.searchParams.has("sig")) return async ({ href }) => ({ url: href });
  const client = await openControlPlaneClient(await readCredentials(state));
  return ({ href }) => linkToBlob(client, href);
}

async function fetchTo(path: string, link: Link): Promise<void> {
  await downloadFile({ ...link, path, signal: AbortSignal.timeout(downloadMilliseconds) });
}

async function fetchManifestBeside(
  url: URL,
  { folder, connect }: { folder: string; connect: Connect },
): Promise<string> {
  const reasons: string[] = [];
  for (const name of manifestNames(nameOf(url))) {
    const beside = new URL(url);
    const parent = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
    beside.pathname = `${parent}${encodeURIComponent(`${name}${manifestExtension}`)}`;
    const path = join(folder, `${name}${manifestExtension}`);
    try {
      await fetchTo(path, await connect(beside));
      return path;
    } catch (error) {
      reasons.push(describeError(error));
    }
  }
  const message = `no manifest lies beside ${url.origin}${url.pathname}; name it with --manifest (${reasons.join("; ")})`;
  throw new NightcapError("ManifestUnreadable", message);
}

const invalid = (message: string): NightcapError => new NightcapError("InvalidParameter", message);
