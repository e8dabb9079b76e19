import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { type FilterTerm, parseFilter, unknownTerm } from "../../arm/odata-filter.ts";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { findResource, noContent } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { isWithin, normalScope } from "./access.ts";
import {
  deleteAssignment,
  findAssignment,
  findPrincipal,
  listAssignments,
  type PrincipalType,
  putAssignment,
  type RoleAssignment,
} from "./assignment-store.ts";
import { roleId, roleOfId } from "./role-definitions.ts";

const type = "Microsoft.Authorization/roleAssignments";
const path = "/{+scope}/providers/Microsoft.Authorization/roleAssignments";
const descriptionLengthMax = 1_024;

/** Conditions would narrow a role; what is not checked must not be taken. */
const unsupported = z
  .null({
    error: "role assignments with conditions or delegation are not supported: null expected",
  })
  .optional();

const putRequest = z.object({
  properties: z.object({
    roleDefinitionId: z.string().min(1).max(2_048),
    principalId: z.guid(),
    principalType: z.string().max(64).nullish(),
    description: z.string().max(descriptionLengthMax).nullish(),
    condition: unsupported,
    conditionVersion: unsupported,
    delegatedManagedIdentityResourceId: unsupported,
    canDelegate: z.literal(false).nullish(),
  }),
});

/** Microsoft.Authorization/roleAssignments at any scope. */
export function roleAssignmentOperations(): Operation[] {
  const apiVersions = apiVersionsOf(type);
  const one = `${path}/{roleAssignmentName}`;
  const read = { method: "GET" as const, action: `${type}/read`, apiVersions };
  return [
    { ...read, path, handle: list },
    { ...read, path: one, handle: async (context) => show(200, await find(context)) },
    { method: "PUT", path: one, action: `${type}/write`, apiVersions, handle: put },
    { method: "DELETE", path: one, action: `${type}/delete`, apiVersions, handle: remove },
  ];
}

async function list(context: ArmContext): Promise<ArmAnswer> {
  const scope = normalScope(context.param("scope"));
  const terms = parseFilter(context.query.get("$filter"));
  const tests = terms.map((term) => testOf(term, scope));
  const found = (await listAssignments(context.state)).filter((each) => {
    const own = normalScope(each.scope);
    const related = isWithin(scope, own) || isWithin(own, scope);
    return related && tests.every((test) => test(each));
  });
  return { status: 200, body: { value: found.map(bodyOf) } };
}

/** `assignedTo` also has the groups of a principal in Azure; there are none here. */
function testOf(term: FilterTerm, scope: string): (assignment: RoleAssignment) => boolean {
  if ("call" in term && /^atScope$/i.test(term.call)) {
    return (each) => isWithin(scope, normalScope(each.scope));
  }
  const principal =
    "call" in term
      ? /^assignedTo$/i.test(term.call) && term.arguments[0]
      : /^principalId$/i.test(term.field) && term.operator === "eq" && term.value;
  if (!principal) throw unknownTerm(term, "atScope(), assignedTo('id') or principalId eq 'id'");
  return (each) => each.principalId === principal.toLowerCase();
}

async function find(context: ArmContext): Promise<RoleAssignment> {
  const found = await findHere(context, context.state);
  if (found) return found;
  const name = context.param("roleAssignmentName");
  throw new NightcapError(
    "RoleAssignmentNotFound",
    `The role assignment '${name.slice(0, 100)}' is not found.`,
  );
}

/** The assignment of this name, when it is at this very scope. */
async function findHere(context: ArmContext, state: State): Promise<RoleAssignment | null> {
  const found = await findAssignment(state, context.param("roleAssignmentName"));
  const here = normalScope(context.param("scope"));
  return found && normalScope(found.scope) === here ? found : null;
}

async function put(context: ArmContext): Promise<ArmAnswer> {
  const name = context.param("roleAssignmentName").toLowerCase();
  if (!z.guid().safeParse(name).success) {
    throw new NightcapError(
      "InvalidRoleAssignmentId",
      `The role assignment ID '${name.slice(0, 100)}' is not valid. The role assignment ID must be a GUID.`,
    );
  }
  const { properties } = parseContent(putRequest, context.body);
  const role = roleOfId(properties.roleDefinitionId).name;
  const principalId = properties.principalId.toLowerCase();
  const principalType = await checkPrincipal(
    context,
    principalId,
    properties.principalType ?? null,
  );
  const scope = await checkScope(context);
  const now = context.clock.now();
  return context.state.transact(async (inside) => {
    const before = await checkOthers(inside, { name, scope, role, principalId });
    const assignment = {
      name,
      role,
      principalId,
      principalType,
      scope: before?.scope ?? scope,
      description: properties.description ?? null,
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
      createdBy: before?.createdBy ?? context.caller.id,
      updatedBy: context.caller.id,
    };
    await putAssignment(inside, assignment);
    return show(before ? 200 : 201, assignment);
  });
}

/** What the principal is; throws when there is none, or `wantedType` says that it is something else. */
async function checkPrincipal(
  { state }: ArmContext,
  principalId: string,
  wantedType: string | null,
): Promise<PrincipalType> {
  const found = await findPrincipal(state, principalId);
  if (!found) {
    throw new NightcapError(
      "PrincipalNotFound",
      `Principal ${principalId} does not exist in the directory. Check that you have the correct principal ID.`,
    );
  }
  if (wantedType === null || wantedType.toLowerCase() === found.type.toLowerCase()) {
    return found.type;
  }
  throw new NightcapError(
    "UnmatchedPrincipalType",
    `The PrincipalId '${principalId}' has type '${found.type}', which is different from specified PrincipalType '${wantedType}'.`,
  );
}

/** A role is given on what is there; its subscription and group were looked for already. */
async function checkScope(context: ArmContext): Promise<string> {
  const scope = context.param("scope");
  return scope === "/" ? scope : (await findResource(context, scope)).id;
}

/** What is there under this name; throws when it says another thing, or another name says the same. */
async function checkOthers(
  state: State,
  wanted: Pick<RoleAssignment, "name" | "scope" | "role" | "principalId">,
): Promise<RoleAssignment | null> {
  const isSame = (each: RoleAssignment): boolean =>
    each.role === wanted.role &&
    each.principalId === wanted.principalId &&
    normalScope(each.scope) === normalScope(wanted.scope);
  const before = await findAssignment(state, wanted.name);
  if (before && !isSame(before)) {
    throw new NightcapError(
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    );
  }
  if (!before && (await listAssignments(state, wanted.principalId)).some(isSame)) {
    throw new NightcapError("RoleAssignmentExists", "The role assignment already exists.");
  }
  return before;
}

async function remove(context: ArmContext): Promise<ArmAnswer> {
  const found = await findHere(context, context.state);
  if (!found) return noContent;
  await deleteAssignment(context.state, found);
  return show(200, found);
}

const show = (status: number, assignment: RoleAssignment): ArmAnswer => ({
  status,
  body: bodyOf(assignment),
});

function bodyOf(assignment: RoleAssignment) {
  const { name, scope, role, principalId, description } = assignment;
  return {
    properties: {
      roleDefinitionId: roleId({ name: role }, scope),
      principalId,
      principalType: assignment.principalType ?? "ServicePrincipal",
      scope,
      condition: null,
      conditionVersion: null,
      createdOn: isoTime(assignment.createdAt),
      updatedOn: isoTime(assignment.updatedAt),
      createdBy: assignment.createdBy || null,
      updatedBy: assignment.updatedBy || null,
      delegatedManagedIdentityResourceId: null,
      description,
    },
    id: `${scope === "/" ? "" : scope}/providers/${type}/${name}`,
    type,
    name,
  };
}
