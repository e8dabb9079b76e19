import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { writeFileAtomic } from "../common/files.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { assignRoles, findRole } from "./role-assignments.ts";
import {
  createPrincipal,
  deletePrincipal,
  deleteSecret,
  listPrincipals,
  type NewSecret,
  type Principal,
  rotateSecret,
  showPrincipal,
} from "./service-principal-api.ts";
import { wholeNumber } from "./whole-number.ts";

const secretDaysMax = 3_650;
const secretDaysDefault = 365;

interface CommonOptions {
  state: string;
  json?: boolean;
}

/** Those of all commands here; each one has some of them. */
interface PrincipalOptions extends CommonOptions {
  days?: number;
  secretFile?: string;
  role?: string;
  scopes?: string[];
  removeEarlier?: boolean;
  remove?: string;
}

/** `nightcap service-principal ...`: who may ask for tokens, as `az ad sp` has it on Azure. */
export function addServicePrincipalCommand(program: Command): void {
  const parent = program
    .command("service-principal")
    .description("make, see, renew and delete the clients that may ask for tokens");
  addCreate(parent);
  add(parent, "list", "all service principals", async (client, options) => {
    const all = await listPrincipals(client);
    print(options, all, all.map(oneLine));
  });
  addNamed(
    parent,
    "show",
    "one service principal and its secrets",
    async (client, name, options) => {
      const found = await showPrincipal(client, name);
      print(options, found, describe(found));
    },
  );
  addRotate(parent);
  addNamed(
    parent,
    "delete",
    "delete a service principal; its tokens are refused at once",
    async (client, name, options) => {
      await deletePrincipal(client, name);
      print(options, { name, deleted: true }, [`${name} is deleted; its tokens are refused`]);
    },
  );
}

function addCreate(parent: Command): void {
  const command = addNamed(
    parent,
    "create",
    "make a service principal; its secret is shown this once",
    async (client, name, options) => {
      if (options.scopes && options.role === undefined) {
        throw new NightcapError(
          "InvalidParameter",
          "--scopes says where a role holds: name it with --role",
        );
      }
      const scopes = options.scopes ?? [client.subscription];
      const role = options.role === undefined ? null : await findRole(client, options.role);
      const made = await createPrincipal(client, {
        displayName: name,
        secretDays: options.days ?? secretDaysDefault,
      });
      if (role) await assignOrUndo(client, made, { role: role.id, scopes });
      await tell(options, made);
    },
  );
  secretOptions(command)
    .option("--role <name>", "assign a role, for example Reader or 'Network Contributor'")
    .option("--scopes <id...>", "where the role holds (default: the whole subscription)");
}

/** A principal whose role could not be assigned would be one that nobody knows the secret of. */
async function assignOrUndo(
  client: ControlPlaneClient,
  { appId }: Principal,
  grant: { role: string; scopes: readonly string[] },
): Promise<void> {
  try {
    await assignRoles(client, { principalId: appId, principalType: "ServicePrincipal", ...grant });
  } catch (error) {
    await deletePrincipal(client, appId).catch(() => {});
    throw error;
  }
}

function addRotate(parent: Command): void {
  const command = addNamed(
    parent,
    "rotate",
    "make one more secret; earlier ones stay good until they end",
    async (client, name, options) => {
      if (options.remove !== undefined) {
        const left = await deleteSecret(client, name, options.remove);
        return print(options, left, describe(left));
      }
      const removeEarlier = options.removeEarlier ?? false;
      await tell(
        options,
        await rotateSecret(client, name, {
          secretDays: options.days ?? secretDaysDefault,
          removeEarlier,
        }),
      );
    },
  );
  secretOptions(command)
    .option("--remove-earlier", "end all earlier secrets at once")
    .option("--remove <keyId>", "only end the secret with this key id; makes none");
}

const secretOptions = (command: Command): Command =>
  command
    .option(
      "--days <number>",
      "how long the secret is good",
      wholeNumber(secretDaysMax),
      secretDaysDefault,
    )
    .option("--secret-file <file>", "write the secret to a file of mode 0600 and do not print it");

function add(
  parent: Command,
  name: string,
  description: string,
  work: (client: ControlPlaneClient, options: PrincipalOptions) => Promise<void>,
): Command {
  return common(parent.command(name).description(description)).action(
    async (options: PrincipalOptions) =>
      work(await openControlPlaneClient(await readCredentials(options.state)), options),
  );
}

function addNamed(
  parent: Command,
  name: string,
  description: string,
  work: (client: ControlPlaneClient, name: string, options: PrincipalOptions) => Promise<void>,
): Command {
  const command = parent.command(name).argument("<name>", "its name or its appId");
  return common(command.description(description)).action(
    async (wanted: string, options: PrincipalOptions) =>
      work(await openControlPlaneClient(await readCredentials(options.state)), wanted, options),
  );
}

const common = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

/** The fields that `az ad sp create-for-rbac` prints, and when the secret ends. */
async function tell(options: PrincipalOptions, made: NewSecret): Promise<void> {
  const { appId, displayName, password, tenant, keyId, endDateTime } = made;
  const shown = { appId, displayName, tenant, keyId, endDateTime };
  if (options.secretFile !== undefined) {
    await writeFileAtomic(options.secretFile, `${password}\n`);
    return print(options, { ...shown, secretFile: options.secretFile }, [
      ...fields(shown),
      `the secret is in ${options.secretFile}, which only you can read`,
    ]);
  }
  print(options, { ...shown, password }, [
    ...fields({ ...shown, password }),
    "the password is shown this once",
  ]);
}

const fields = (record: Record<string, string>): string[] =>
  Object.entries(record).map(([name, value]) => `${name.padEnd(12)} ${value}`);

const oneLine = ({ appId, displayName, isBuiltIn, passwordCredentials }: Principal): string => {
  const count = passwordCredentials.length;
  const own = isBuiltIn ? ", Nightcap's own" : "";
  return `${appId}  ${displayName}  (${count} secret${count === 1 ? "" : "s"}${own})`;
};

const describe = (principal: Principal): string[] => [
  ...fields({
    appId: principal.appId,
    displayName: principal.displayName,
    created: principal.createdDateTime,
  }),
  ...principal.passwordCredentials.map(
    ({ keyId, hint, endDateTime }) =>
      `secret       ${keyId}  ${hint ?? "???"}...  ends ${endDateTime ?? "never"}`,
  ),
];

function print({ json }: CommonOptions, value: unknown, lines: readonly string[]): void {
  const text = json ? JSON.stringify(value, null, 2) : lines.join("\n");
  process.stdout.write(`${text}\n`);
}
