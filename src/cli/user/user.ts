import type { Command } from "commander";
import { NightcapError } from "../../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { assignRoles, findRole } from "../role-assignments.ts";
import { readPassword } from "./read-password.ts";
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  makeUserLink,
  type User,
  type UserLink,
} from "./user-api.ts";

/** Those of all commands here; each one has some of them. */
interface UserOptions {
  state: string;
  json?: boolean;
  role?: string;
  scopes?: string[];
  passwordFile?: string;
}

type Work = (client: ControlPlaneClient, name: string, options: UserOptions) => Promise<void>;

/** `nightcap user ...`: the people who sign in with a browser. */
export function addUserCommand(program: Command): void {
  const parent = program
    .command("user")
    .description("invite, see, disable and delete the people who sign in to the web page");
  common(parent.command("list").description("all users")).action(async (options: UserOptions) => {
    const all = await listUsers(await open(options));
    print(options, all, all.length === 0 ? ["no users"] : all.map(oneLine));
  });
  addNamed(parent, "add", "invite a user; prints a link with which they set a password", add)
    .option("--role <name>", "assign a role, for example Reader or Owner")
    .option("--scopes <id...>", "where the role holds (default: the whole subscription)");
  addNamed(
    parent,
    "link",
    "make a new one-time link, for a forgotten password",
    async (...given) => {
      const [client, name, options] = given;
      tellLink(options, { name }, await makeUserLink(client, name));
    },
  );
  addNamed(parent, "disable", "keep a user out, from now on", setDisabled(true));
  addNamed(parent, "enable", "let a disabled user in again", setDisabled(false));
  addNamed(parent, "delete", "delete a user with their roles", async (client, name, options) => {
    await deleteUser(client, name);
    print(options, { name, deleted: true }, [`${name} is deleted`]);
  });
  addNamed(parent, "set-password", "set a password; ends the user's sessions", setPassword).option(
    "--password-file <file>",
    "read it from a file (default: typed, or standard input)",
  );
}

async function add(client: ControlPlaneClient, name: string, options: UserOptions): Promise<void> {
  if (options.scopes && options.role === undefined) {
    const message = "--scopes says where a role holds: name it with --role";
    throw new NightcapError("InvalidParameter", message);
  }
  const role = options.role === undefined ? null : await findRole(client, options.role);
  const { link, ...user } = await createUser(client, name);
  if (role) {
    const scopes = options.scopes ?? [client.subscription];
    const grant = { principalId: user.id, principalType: "User", role: role.id, scopes } as const;
    await assignRoles(client, grant).catch(async (error: unknown) => {
      await deleteUser(client, user.id).catch(() => {});
      throw error;
    });
  }
  tellLink(options, user, link);
}

const setDisabled =
  (disabled: boolean): Work =>
  async (client, name, options) => {
    const user = await changeUser(client, name, { disabled });
    print(options, user, [`${user.name} ${disabled ? "may not sign in" : "may sign in again"}`]);
  };

async function setPassword(
  client: ControlPlaneClient,
  name: string,
  options: UserOptions,
): Promise<void> {
  const password = await readPassword(options.passwordFile);
  const user = await changeUser(client, name, { password });
  print(options, user, [`${user.name} has a new password; their sessions have ended`]);
}

function tellLink(options: UserOptions, user: { name: string }, link: UserLink): void {
  print(options, { ...user, link }, [
    `${user.name} sets a password here, once, until ${link.expires}:`,
    `  ${link.url}`,
  ]);
}

const open = async ({ state }: UserOptions): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

function addNamed(parent: Command, name: string, description: string, work: Work): Command {
  const command = parent.command(name).argument("<name>", "the user's name or id");
  return common(command.description(description)).action(
    async (wanted: string, options: UserOptions) => work(await open(options), wanted, options),
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

function oneLine({ id, name, kind, disabled, hasPassword, signedInTime }: User): string {
  const invited = kind === "user" && !hasPassword;
  const seen = signedInTime === null ? "never signed in" : `signed in ${signedInTime}`;
  return `${id}  ${name}  ${disabled ? "disabled" : invited ? "invited" : seen}`;
}

function print({ json }: UserOptions, value: unknown, lines: readonly string[]): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : lines.join("\n")}\n`);
}
