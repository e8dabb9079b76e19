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

/** Microsoft.Resources/resourceGroups; `location` is the region that is served. */
export function resourceGroupOperations(location: string): Operation[] {
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
      handle: deleteGroup,
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

/** Only an empty group goes: hosts, captures and rules are not thrown away by one call. */
async function deleteGroup(context: ArmContext) {
  const found = await context.state.resources.get(context.path);
  if (!found) throw resourceGroupNotFound(context.param("resourceGroupName"));
  checkConditions(context, found);
  const count = await context.state.resources.count({ scope: context.path });
  if (count > 0) {
    throw new NightcapError(
      "Conflict",
      `resource group ${context.param("resourceGroupName")} still has ${count} resources: delete them first`,
    );
  }
  await context.state.resources.delete(context.path);
  return { status: 200 };
}
