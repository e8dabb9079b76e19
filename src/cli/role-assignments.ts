import { randomUUID } from "node:crypto";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import type { ControlPlaneClient } from "./control-plane-client.ts";

const role = z.object({ id: z.string(), properties: z.object({ roleName: z.string() }) });
const roleList = z.object({ value: z.array(role) });

/** The role of this name; throws with the names that there are. */
export async function findRole(
  client: ControlPlaneClient,
  name: string,
): Promise<z.infer<typeof role>> {
  const path = `${client.subscription}/providers/Microsoft.Authorization/roleDefinitions`;
  const { value } = roleList.parse(await client.request("GET", path));
  const wanted = name.toLowerCase();
  const found = value.find(({ properties }) => properties.roleName.toLowerCase() === wanted);
  if (found) return found;
  const names = value.map(({ properties }) => properties.roleName).join(", ");
  throw new NightcapError("InvalidParameter", `there is no role "${name}": ${names} expected`);
}

/** The same role at each scope, as `az role assignment create` makes it. */
export async function assignRoles(
  client: ControlPlaneClient,
  grant: { principalId: string; role: string; scopes: readonly string[] },
): Promise<void> {
  for (const scope of grant.scopes) {
    const path = `${scope.replace(/\/+$/, "")}/providers/Microsoft.Authorization/roleAssignments`;
    await client.request("PUT", `${path}/${randomUUID()}`, {
      properties: {
        roleDefinitionId: grant.role,
        principalId: grant.principalId,
        principalType: "ServicePrincipal",
      },
    });
  }
}
