import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { NightcapError } from "../../common/errors.ts";
import { checkManifest, type ManifestCheck } from "../../evidence/check-manifest.ts";
import { manifestExtension } from "../../evidence/manifest.ts";
import type { PublicKey } from "../../evidence/public-keys.ts";
import { downloadCapture } from "../capture-download.ts";
import { getCapture, removalOf } from "../capture-resources.ts";
import { openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";
import {
  fetchKeys,
  fetchManifest,
  manifestBeside,
  readManifestText,
  trustedKeys,
} from "./manifest-source.ts";
import { exitCodeOf, removedFiles, type VerifiedFile, verifyFiles } from "./verify-files.ts";
import { isUrl, withBlobOf } from "./verify-url.ts";
import { verifyText } from "./verify-text.ts";

interface VerifyOptions {
  manifest?: string;
  key?: string;
  server?: boolean;
  all?: boolean;
  json?: boolean;
  state: string;
}

/** `nightcap verify FILE|URL|CAPTURE`: whether files are what the control plane signed. */
export function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("say whether a capture's files are what was recorded and signed")
    .argument(
      "<file-or-capture>",
      "a file or a blob's URL with its manifest beside it, or a packet capture's name",
    )
    .option("--manifest <file>", "the manifest (default: FILE.manifest.json)")
    .option("--key <file>", "public keys that are trusted, JWK set or PEM: works without a network")
    .option("--server", "trust the control plane's keys (so it is without --key)")
    .option("--all", "files that the manifest names beside must be there as well")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(runVerify);
}

async function runVerify(what: string, options: VerifyOptions): Promise<void> {
  if (options.key !== undefined && options.server) {
    throw new NightcapError("InvalidParameter", "--key and --server exclude each other");
  }
  const isFile = (await stat(what).catch(() => null))?.isFile() === true;
  const named = isFile || options.manifest !== undefined || /[/\\]/.test(what);
  const { check, files } = isUrl(what)
    ? await withBlobOf(what, options, async (path, text) =>
        verifyAgainst(path, text, await trustedKeys(options)),
      )
    : named
      ? await verifyPath(what, options)
      : await verifyCapture(what, options);
  const exitCode = exitCodeOf(check, files, options.all === true);
  await writeOut(
    options.json
      ? `${JSON.stringify({ exitCode, manifest: check, files }, null, 2)}\n`
      : verifyText(check, files),
  );
  process.exitCode = exitCode;
}

interface Outcome {
  check: ManifestCheck;
  files: VerifiedFile[];
}

async function verifyPath(path: string, options: VerifyOptions): Promise<Outcome> {
  const at = options.manifest ?? (await manifestBeside(path));
  if (at === null) {
    const message = `no manifest lies beside ${path}; name it with --manifest`;
    throw new NightcapError("ManifestUnreadable", message);
  }
  return verifyAgainst(path, await readManifestText(at), await trustedKeys(options));
}

async function verifyAgainst(
  path: string,
  text: string,
  keys: readonly PublicKey[],
): Promise<Outcome> {
  const check = checkManifest(text, keys);
  // What an altered manifest says of files is worth nothing.
  const files = "manifest" in check ? await verifyFiles(path, check.manifest) : [];
  return { check, files };
}

/** Fetches the capture into a folder of its own, and looks at each of its files. */
async function verifyCapture(name: string, options: VerifyOptions): Promise<Outcome> {
  const client = await openControlPlaneClient(await readCredentials(options.state));
  const capture = await getCapture(client, name);
  const sessionId = capture.properties.nightcap?.sessionId ?? "";
  const text = sessionId === "" ? null : await fetchManifest(client, sessionId);
  if (text === null) {
    const message = `${name} has no manifest yet: one is signed when it has ended and was inspected`;
    throw new NightcapError("ManifestUnreadable", message);
  }
  const keys = options.key === undefined ? await fetchKeys(client) : await trustedKeys(options);
  const removed = removalOf(capture, sessionId);
  if (removed) {
    const check = checkManifest(text, keys);
    const told = { time: removed.time, why: removed.detail };
    return { check, files: "manifest" in check ? removedFiles(check.manifest, told) : [] };
  }
  const folder = await mkdtemp(join(tmpdir(), "nightcap-verify-"));
  try {
    const check = checkManifest(text, keys);
    if (!("manifest" in check)) return { check, files: [] };
    const names = check.manifest.files.filter(({ role }) => role === "capture");
    const [only] = names;
    const several = names.length !== 1 || !only;
    const first = join(folder, only?.name.replaceAll("/", "_") ?? "none");
    await downloadCapture(client, capture, several ? folder : first);
    await writeFile(`${first}${manifestExtension}`, text);
    const files = await verifyFiles(first, check.manifest);
    if (several) for (const file of files) file.wanted = file.role === "capture";
    return { check, files };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
