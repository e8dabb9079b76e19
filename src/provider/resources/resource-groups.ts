import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { parseFilter } from "../../arm/odata-filter.ts";
import { checkResourceGroupName } from "../../arm/resource-id.ts";
import { canonicalLocation, tags, tagsRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import { checkConditions, listAnswer, resourceAnswer, writeCondition } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { resourceGroupNotFound } from "../kernel/containers.ts";
import { parseContent } from "../kernel/request-body.ts";
import { createRouteTable, type RouteMatch } from "../kernel/routes.ts";
import { filterResources } from "./resource-filter.ts";

const groupType = "Microsoft.Resources/resourceGroups";
const subscriptionPath = "/subscriptions/{subscriptionId}";
const groupPath = `${subscriptionPath}/resourceGroups/{resourceGroupName}`;

/** Body of PUT; what the server says of a group itself is let through, because clients send back what they read. */
const putRequest = z.object({
  location: z.string().min(1).max(60),
  tags: z.preprocess((value) => value ?? undefined, tags.optional()),
  managedBy: z.string().max(2_048).nullish(),
});

/** More than this are not deleted by one call. */
const deletedWithGroupCountMax = 1_000;

/** Microsoft.Resources/resourceGroups; `location` is the region that is served, `operations` all there are. */
export function resourceGroupOperations(
  location: string,
  operations: () => readonly Operation[],
): Operation[] {
  const apiVersions = apiVersionsOf(groupType);
  const action = (verb: string) => `Microsoft.Resources/subscriptions/resourceGroups/${verb}`;
  return [
    {
      method: "GET",
      path: `${subscriptionPath}/resourceGroups`,
      action: action("read"),
      apiVersions,
      handle: (context) =>
        listAnswer(context, {
          scope: context.path.split("/").slice(0, 3).join("/"),
          type: groupType,
          where: filterResources(parseFilter(context.query.get("$filter")), "groups"),
        }),
    },
    {
      method: "GET",
      path: groupPath,
      action: action("read"),
      apiVersions,
      handle: async (context) => resourceAnswer(200, await findGroup(context)),
    },
    {
      method: "HEAD",
      path: groupPath,
      action: action("read"),
      apiVersions,
      handle: async (context) => ({
        status: (await context.state.resources.get(context.path)) ? 204 : 404,
      }),
    },
    {
      method: "PUT",
      path: groupPath,
      action: action("write"),
      apiVersions,
      handle: (context) => putGroup(context, location),
    },
    { method: "PATCH", path: groupPath, action: action("write"), apiVersions, handle: patchGroup },
    {
      method: "DELETE",
      path: groupPath,
      action: action("delete"),
      apiVersions,
      handle: (context) => deleteGroup(context, operations()),
    },
  ];
}

async function findGroup(context: ArmContext): Promise<StoredResource> {
  const found = await context.state.resources.get(context.path);
  if (found) return found;
  throw resourceGroupNotFound(context.param("resourceGroupName"));
}

async function putGroup(context: ArmContext, served: string) {
  checkResourceGroupName(context.param("resourceGroupName"));
  const request = parseContent(putRequest, context.body);
  checkGroupLocation(request.location, served);
  checkConditions(context, await context.state.resources.get(context.path));
  const { managedBy } = request;
  const body = {
    location: served,
    tags: request.tags ?? {},
    ...(managedBy == null ? {} : { managedBy }),
    properties: { provisioningState: "Succeeded" },
  };
  const resource = { id: context.path, type: groupType, body };
  const stored = await context.state.resources.put(resource, writeCondition(context));
  return resourceAnswer(stored.created ? 201 : 200, stored);
}

/** In Azure's words. */
function checkGroupLocation(location: string, served: string): void {
  if (canonicalLocation(location) === canonicalLocation(served)) return;
  throw new NightcapError(
    "LocationNotAvailableForResourceGroup",
    `The provided location '${location}' is not available for resource group. List of available regions is '${served}'.`,
  );
}

async function patchGroup(context: ArmContext) {
  const found = await findGroup(context);
  checkConditions(context, found);
  const request = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: request.tags ?? found.body["tags"] ?? {} };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return resourceAnswer(200, stored);
}

/**
 * A group goes with what is in it, as in Azure, when all of that may be deleted: hosts leave by
 * themselves, and a group that has one is left as it is.
 */
async function deleteGroup(context: ArmContext, operations: readonly Operation[]) {
  const { state, path } = context;
  const group = context.param("resourceGroupName");
  const found = await state.resources.get(path);
  if (!found) throw resourceGroupNotFound(group);
  checkConditions(context, found);
  await deleteAll(context, await findDeletions(context, operations));
  const count = await state.resources.count({ scope: path });
  if (count > 0) throw stillHas(group, `${count} resources that are being deleted: try again`);
  await state.resources.delete(path);
  return { status: 200 };
}

interface Deletion {
  id: string;
  found: RouteMatch;
}

/** Children before what they are in; throws when one has no DELETE. */
async function findDeletions(
  context: ArmContext,
  operations: readonly Operation[],
): Promise<Deletion[]> {
  const group = context.param("resourceGroupName");
  const limit = deletedWithGroupCountMax + 1;
  const inside = await context.state.resources.list({ scope: context.path, limit });
  if (inside.length === limit) {
    throw stillHas(group, `over ${deletedWithGroupCountMax} resources: delete some first`);
  }
  const table = createRouteTable(operations);
  return inside.toReversed().map(({ id }) => {
    const found = table.find("DELETE", id.slice(1).split("/"));
    if ("operation" in found) return { id, found };
    throw stillHas(group, `${id}, which cannot be deleted here; nothing was deleted`);
  });
}

async function deleteAll(context: ArmContext, deletions: readonly Deletion[]): Promise<void> {
  for (const { id, found } of deletions) {
    await found.operation.handle({
      ...context,
      path: id,
      ifMatch: null,
      ifNoneMatch: null,
      param: (name) => found.params.get(name) ?? "",
    });
  }
}

const stillHas = (group: string, what: string): NightcapError =>
  new NightcapError("Conflict", `resource group ${group} still has ${what}`);
