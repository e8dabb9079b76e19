import { randomUUID } from "node:crypto";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const role = z.object({ id: z.string(), properties: z.object({ roleName: z.string() }) });
const roleList = z.object({ value: z.array(role) });
const assignment = z.object({
  id: z.string(),
  name: z.string(),
  properties: z.object({
    roleDefinitionId: z.string(),
    principalId: z.string(),
    scope: z.string(),
    createdOn: z.string(),
  }),
});
const assignmentList = z.object({ value: z.array(assignment) });

export type RoleAssignment = z.infer<typeof assignment>;

export async function listRoles(client: ControlPlaneClient): Promise<z.infer<typeof role>[]> {
  const path = `${client.subscription}/providers/Microsoft.Authorization/roleDefinitions`;
  return roleList.parse(await client.request("GET", path)).value;
}

/** Those that hold at `scope`, above and below it. */
export async function listAssignments(
  client: ControlPlaneClient,
  scope: string,
): Promise<RoleAssignment[]> {
  return assignmentList.parse(await client.request("GET", assignmentsPath(scope))).value;
}

/** Deletes by id; true when there was one. */
export async function deleteAssignment(client: ControlPlaneClient, id: string): Promise<boolean> {
  return (await client.request("DELETE", id)) !== null;
}

const assignmentsPath = (scope: string): string =>
  `${scope.replace(/\/+$/, "")}/providers/Microsoft.Authorization/roleAssignments`;

/** The role of this name; throws with the names that there are. */
export async function findRole(
  client: ControlPlaneClient,
  name: string,
): Promise<z.infer<typeof role>> {
  const value = await listRoles(client);
  const wanted = name.toLowerCase();
  const found = value.find(
    ({ id, properties }) =>
      properties.roleName.toLowerCase() === wanted || id.toLowerCase().endsWith(`/${wanted}`),
  );
  if (found) return found;
  const names = value.map(({ properties }) => properties.roleName).join(", ");
  throw new NightcapError("InvalidParameter", `there is no role "${name}": ${names} expected`);
}

/** The same role at each scope, as `az role assignment create` makes it. */
export async function assignRoles(
  client: ControlPlaneClient,
  grant: {
    principalId: string;
    principalType: "ServicePrincipal" | "User";
    role: string;
    scopes: readonly string[];
  },
): Promise<RoleAssignment[]> {
  const made: RoleAssignment[] = [];
  for (const scope of grant.scopes) {
    const path = `${assignmentsPath(scope)}/${randomUUID()}`;
    const properties = {
      roleDefinitionId: grant.role,
      principalId: grant.principalId,
      principalType: grant.principalType,
    };
    made.push(assignment.parse(await client.request("PUT", path, { properties })));
  }
  return made;
}
