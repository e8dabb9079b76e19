import { apiVersionsOf } from "../../arm/api-version.ts";
import { parseFilter, unknownTerm } from "../../arm/odata-filter.ts";
import { NightcapError } from "../../common/errors.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { findRole, type RoleDefinition, roleDefinitions } from "./built-in-roles.ts";

const type = "Microsoft.Authorization/roleDefinitions";
const path = "/{+scope}/providers/Microsoft.Authorization/roleDefinitions";

/** Microsoft.Authorization/roleDefinitions and permissions: read only, there are no roles of one's own. */
export function roleDefinitionOperations(): Operation[] {
  const read = {
    method: "GET" as const,
    action: `${type}/read`,
    apiVersions: apiVersionsOf(type),
  };
  return [
    { ...read, path, handle: async (context) => listRoles(context) },
    { ...read, path: `${path}/{roleDefinitionId}`, handle: async (context) => getRole(context) },
    {
      ...read,
      action: "Microsoft.Authorization/permissions/read",
      apiVersions: apiVersionsOf("Microsoft.Authorization/permissions"),
      path: "/{+scope}/providers/Microsoft.Authorization/permissions",
      async handle(context) {
        const roles = context.permit.access.rolesAt(context.param("scope"));
        return { status: 200, body: { value: roles.map(({ permission }) => permission) } };
      },
    },
  ];
}

function listRoles(context: ArmContext) {
  const terms = parseFilter(context.query.get("$filter"));
  const tests = terms.map((term): ((role: RoleDefinition) => boolean) => {
    if ("call" in term) {
      if (/^atScope(AndBelow)?$/i.test(term.call)) return () => true;
      throw unknownTerm(term, "roleName eq, type eq, atScopeAndBelow()");
    }
    const { field, operator, value } = term;
    const wanted = value.toLowerCase();
    if (operator === "eq" && /^roleName$/i.test(field)) {
      return ({ roleName }) => roleName.toLowerCase() === wanted;
    }
    if (operator === "eq" && /^type$/i.test(field)) {
      return (role) => role.type.toLowerCase() === wanted;
    }
    throw unknownTerm(term, "roleName eq, type eq, atScopeAndBelow()");
  });
  const found = roleDefinitions.filter((role) => tests.every((test) => test(role)));
  return { status: 200, body: { value: found.map((role) => showRole(role, context)) } };
}

function getRole(context: ArmContext) {
  const id = context.param("roleDefinitionId");
  const found = roleDefinitions.find(({ name }) => name === id.toLowerCase());
  if (!found) throw roleNotFound(id);
  return { status: 200, body: showRole(found, context) };
}

function showRole(role: RoleDefinition, context: ArmContext) {
  const { name, roleName, description, permission } = role;
  const subscription = context.param("scope").split("/").slice(0, 3).join("/");
  return {
    properties: {
      roleName,
      type: role.type,
      description,
      assignableScopes: ["/"],
      permissions: [permission],
    },
    id: roleId(role, subscription),
    type,
    name,
  };
}

/** Azure names a role below the subscription in which it is looked at. */
export const roleId = ({ name }: Pick<RoleDefinition, "name">, scope: string): string =>
  `${scope.split("/").slice(0, 3).join("/").replace(/\/+$/, "")}/providers/${type}/${name}`;

export function roleNotFound(id: string): NightcapError {
  return new NightcapError(
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${id.slice(0, 300)}' does not exist.`,
  );
}

/** The role that a role definition's id names; throws `RoleDefinitionDoesNotExist`. */
export function roleOfId(id: string): RoleDefinition {
  const isId = /(?:^|\/)providers\/Microsoft\.Authorization\/roleDefinitions\/[^/]+$/i.test(id);
  const found = isId ? findRole(id) : null;
  if (!found) throw roleNotFound(id);
  return found;
}
