import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import {
  assignRoles,
  deleteAssignment,
  findRole,
  listAssignments,
  listRoles,
  type RoleAssignment,
} from "./role-assignments.ts";
import { listPrincipals } from "./service-principal-api.ts";
import { findAssignee, listUsers } from "./user/user-api.ts";

interface RoleOptions {
  state: string;
  json?: boolean;
  assignee?: string;
  role?: string;
  scope?: string;
  resourceGroup?: string;
}

/** `nightcap role-assignment ...`: who may do what, and where. */
export function addRoleAssignmentCommand(program: Command): void {
  const parent = program
    .command("role-assignment")
    .description("say which service principal or user may do what, and where");
  add(parent.command("create").description("give a service principal a role"), create)
    .requiredOption("--assignee <name>", "a service principal or a user, by name or id")
    .requiredOption("--role <name>", "for example Reader or 'Network Contributor'");
  add(
    parent.command("list").description("roles that hold at a scope, above it and below it"),
    list,
  ).option("--assignee <name>", "only those of this service principal or user");
  const command = parent
    .command("delete")
    .description("take a role away, by the assignment's id or by what it says")
    .argument("[id]", "id of the role assignment");
  add(command, remove)
    .option("--assignee <name>", "a service principal or a user, by name or id")
    .option("--role <name>", "only this role");
}

type Work = (client: ControlPlaneClient, options: RoleOptions, id?: string) => Promise<void>;

function add(command: Command, work: Work): Command {
  const hasId = command.registeredArguments.length > 0;
  return command
    .option("--scope <id>", "where it holds (default: the whole subscription)")
    .option("--resource-group <name>", "the same for a resource group, by its name")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(async (...given: unknown[]) => {
      const options = given[hasId ? 1 : 0] as RoleOptions;
      const client = await openControlPlaneClient(await readCredentials(options.state));
      await work(client, options, hasId ? (given[0] as string | undefined) : undefined);
    });
}

async function create(client: ControlPlaneClient, options: RoleOptions): Promise<void> {
  const { id: principalId, type: principalType } = await findAssignee(
    client,
    options.assignee ?? "",
  );
  const role = await findRole(client, options.role ?? "");
  const scopes = [scopeOf(client, options)];
  const made = await assignRoles(client, { principalId, principalType, role: role.id, scopes });
  await print(client, options, made);
}

async function list(client: ControlPlaneClient, options: RoleOptions): Promise<void> {
  await print(client, options, await find(client, options));
}

async function remove(
  client: ControlPlaneClient,
  options: RoleOptions,
  id?: string,
): Promise<void> {
  if ((id === undefined) === (options.assignee === undefined)) {
    throw new NightcapError("InvalidParameter", "name either the id or the --assignee");
  }
  const scope = scopeOf(client, options).toLowerCase();
  const ids =
    id === undefined
      ? (await find(client, options))
          .filter(({ properties }) => properties.scope.toLowerCase() === scope)
          .map((each) => each.id)
      : [idOf(id, "id")];
  const deleted: string[] = [];
  for (const each of ids) if (await deleteAssignment(client, each)) deleted.push(each);
  if (deleted.length === 0) {
    throw new NightcapError("RoleAssignmentNotFound", `no such role assignment at ${scope}`);
  }
  const text = deleted.map((each) => `${each} is deleted`).join("\n");
  process.stdout.write(`${options.json ? JSON.stringify({ deleted }, null, 2) : text}\n`);
}

/** What holds at the scope, of the assignee and the role that are named, if any. */
async function find(client: ControlPlaneClient, options: RoleOptions): Promise<RoleAssignment[]> {
  const { assignee, role } = options;
  const principalId = assignee === undefined ? null : (await findAssignee(client, assignee)).id;
  const roleId = role === undefined ? null : (await findRole(client, role)).id;
  const all = await listAssignments(client, scopeOf(client, options));
  return all.filter(
    ({ properties }) =>
      (principalId === null || properties.principalId === principalId) &&
      (roleId === null || properties.roleDefinitionId === roleId),
  );
}

/** A mistyped one would be answered as a path that there is not. */
function idOf(text: string, what: string): string {
  if (text.startsWith("/")) return text;
  throw new NightcapError(
    "InvalidParameter",
    `${what} "${text}" is no id: one that begins with "/subscriptions/" expected, as "list --json" has them`,
  );
}

function scopeOf(client: ControlPlaneClient, { scope, resourceGroup }: RoleOptions): string {
  if (scope !== undefined && resourceGroup !== undefined) {
    throw new NightcapError("InvalidParameter", "name either --scope or --resource-group");
  }
  if (scope !== undefined) return idOf(scope, "--scope").replace(/\/+$/, "");
  return resourceGroup === undefined
    ? client.subscription
    : `${client.subscription}/resourceGroups/${resourceGroup}`;
}

async function print(
  client: ControlPlaneClient,
  { json }: RoleOptions,
  found: readonly RoleAssignment[],
): Promise<void> {
  const roles = new Map(
    (await listRoles(client)).map(({ id, properties }) => [id, properties.roleName]),
  );
  const names = new Map([
    ...(await listPrincipals(client)).map(
      ({ appId, displayName }) => [appId, displayName] as const,
    ),
    ...(await listUsers(client)).map(({ id, name }) => [id, name] as const),
  ]);
  const views = found.map(({ id, properties }) => ({
    id,
    principalId: properties.principalId,
    principalName: names.get(properties.principalId) ?? null,
    roleName: roles.get(properties.roleDefinitionId) ?? null,
    scope: properties.scope,
    createdOn: properties.createdOn,
  }));
  const lines = views.map(
    ({ principalName, principalId, roleName, scope }) =>
      `${roleName ?? "?"}  ${principalName ?? principalId}  ${scope}`,
  );
  const text = lines.length === 0 ? "no role assignment" : lines.join("\n");
  process.stdout.write(`${json ? JSON.stringify(views, null, 2) : text}\n`);
}
