import { copyFile, mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { NightcapError } from "../../common/errors.ts";
import { secretDirectoryMode, writeFileAtomic } from "../../common/files.ts";
import { type Credentials, defaultStateDirectory, readCredentials } from "../credentials.ts";
import { installedAzVersion, needsShim } from "./az-version.ts";
import { exportLines, makePlan, type SetupPlan, shellQuote } from "./plan.ts";
import { makeTrustBundle, type TrustBundle } from "./trust.ts";

const shimPath = fileURLToPath(new URL("debian-12/sitecustomize.py", import.meta.url));
const scriptMode = 0o700;

interface SetupOptions {
  state: string;
  write?: string;
  cloudName: string;
  showSecret?: boolean;
  debian12?: boolean;
  clientId?: string;
  secretFile?: string;
  json?: boolean;
}

/** `nightcap az-setup`: everything that Azure's own clients need to be told once. */
export function addAzSetupCommand(program: Command): void {
  program
    .command("az-setup")
    .description("print what az and Azure's SDKs need to work with this control plane")
    .option("--write <directory>", "make the files: CA bundle, environment.sh, set-up.sh")
    .option("--show-secret", "include the client's secret; it is left out otherwise")
    .option(
      "--client-id <appId>",
      "for this service principal in place of the administrator",
      appId,
    )
    .option("--secret-file <file>", "where its secret is, for --show-secret")
    .option("--debian-12", "with what az 2.45 of Debian 12 needs, also when no az is found here")
    .option("--cloud-name <name>", "the cloud's name in az", cloudName, "nightcap")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(setUp);
}

async function setUp(options: SetupOptions): Promise<void> {
  const credentials = await withClient(await readCredentials(options.state), options);
  const ownPem = await readFile(credentials.certificateAuthorityFile, "utf8");
  const bundle = await makeTrustBundle(ownPem);
  const azVersion = await installedAzVersion();
  const plan = makePlan({
    credentials,
    directory: resolve(options.write ?? join(homedir(), ".nightcap-az")),
    azVersion,
    withShim: options.debian12 ?? needsShim(azVersion),
    showSecret: options.showSecret ?? false,
    cloudName: options.cloudName,
  });
  if (options.write !== undefined) await writeFiles(plan, { bundle, ownPem });
  const text = options.json
    ? JSON.stringify({ ...plan, written: options.write !== undefined }, null, 2)
    : describe(plan, options);
  process.stdout.write(`${text}\n`);
}

/** The credentials for another client, whose secret is nowhere but with who made it. */
async function withClient(
  credentials: Credentials,
  { clientId, secretFile, showSecret }: SetupOptions,
): Promise<Credentials> {
  if (clientId === undefined) {
    if (secretFile === undefined) return credentials;
    const message = "--secret-file has the secret of the service principal that --client-id names";
    throw new NightcapError("InvalidParameter", message);
  }
  if (secretFile === undefined) {
    if (!showSecret) return { ...credentials, clientId, clientSecret: "" };
    const message = `the secret of ${clientId} is not kept here: name the file that has it with --secret-file`;
    throw new NightcapError("InvalidParameter", message);
  }
  const text = await readFile(secretFile, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SecretUnreadable", `cannot read ${secretFile}`, { cause });
  });
  return { ...credentials, clientId, clientSecret: text.replace(/\r?\n$/, "") };
}

/** Of mode 0600 all of them: environment.sh may hold the secret. */
async function writeFiles(
  plan: SetupPlan,
  { bundle, ownPem }: { bundle: TrustBundle; ownPem: string },
): Promise<void> {
  const { caBundle, certificateAuthority, pythonFolder } = plan.files;
  const directory = resolve(caBundle, "..");
  await mkdir(directory, { recursive: true, mode: secretDirectoryMode });
  await writeFileAtomic(caBundle, bundle.pem);
  await writeFileAtomic(certificateAuthority, ownPem);
  if (plan.environment["PYTHONPATH"] !== undefined) {
    await mkdir(pythonFolder, { recursive: true, mode: secretDirectoryMode });
    await copyFile(shimPath, join(pythonFolder, "sitecustomize.py"));
  }
  const { environmentFile, scriptFile } = scriptsIn(directory);
  await writeFileAtomic(environmentFile, `${exportLines(plan.environment).join("\n")}\n`);
  await writeFileAtomic(scriptFile, scriptOf(plan, environmentFile), scriptMode);
}

const scriptsIn = (directory: string) => ({
  environmentFile: join(directory, "environment.sh"),
  scriptFile: join(directory, "set-up.sh"),
});

/** Registers the cloud and logs in; asks for the secret where the environment does not have it. */
const scriptOf = (plan: SetupPlan, environmentFile: string): string =>
  [
    "#!/bin/sh",
    "set -eu",
    `. ${shellQuote(environmentFile)}`,
    ': "${AZURE_CLIENT_SECRET:?export it first, or write these files with --show-secret}"',
    ...plan.commands,
    "",
  ].join("\n");

function describe(plan: SetupPlan, { write, state }: SetupOptions): string {
  const notes = plan.notes.map((note) => `# ${note}`);
  const directory = resolve(plan.files.caBundle, "..");
  if (write !== undefined) {
    const { environmentFile, scriptFile } = scriptsIn(directory);
    return [
      ...notes,
      `# once: register the cloud and log in`,
      shellQuote(scriptFile),
      `# in each shell that uses az or an SDK`,
      `. ${shellQuote(environmentFile)}`,
    ].join("\n");
  }
  return [
    ...notes,
    `# the files that are named here are made by: nightcap az-setup --state ${shellQuote(state)} --write ${shellQuote(directory)}`,
    ...exportLines(plan.environment),
    ...plan.commands,
  ].join("\n");
}

function cloudName(text: string): string {
  if (/^[A-Za-z][\w-]{0,39}$/.test(text)) return text;
  throw new InvalidArgumentError("expected a letter, then letters, digits, _ and -, 40 at most");
}

function appId(text: string): string {
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)) return text;
  throw new InvalidArgumentError('expected an appId, as "service-principal list" has it');
}
