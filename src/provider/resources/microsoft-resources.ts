import { advertisedVersions, apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceGroupName } from "../../arm/resource-id.ts";
import { tenantBody } from "../../arm/subscription.ts";
import { checkLocation, trackedResourceRequest, tagsRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  resourceAnswer,
  writeCondition,
} from "../kernel/answers.ts";
import { resourceGroupNotFound } from "../kernel/containers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";

const groupType = "Microsoft.Resources/resourceGroups";
const subscriptionPath = "/subscriptions/{subscriptionId}";
const groupPath = `${subscriptionPath}/resourceGroups/{resourceGroupName}`;

export interface ResourcesOptions {
  tenantId: string;
  /** The region that this control plane serves. */
  location: string;
}

/** Microsoft.Resources: subscriptions, tenants, resource groups, locations, providers. */
export function resourcesOperations(options: ResourcesOptions): Operation[] {
  return [
    ...subscriptionOperations(options),
    ...groupOperations(options),
    ...providerOperations(options),
  ];
}

function subscriptionOperations({ tenantId, location }: ResourcesOptions): Operation[] {
  const apiVersions = apiVersionsOf("Microsoft.Resources/subscriptions");
  const read = {
    method: "GET" as const,
    action: "Microsoft.Resources/subscriptions/read",
    apiVersions,
  };
  const type = "Microsoft.Resources/subscriptions";
  return [
    {
      ...read,
      path: "/subscriptions",
      reach: "anyone",
      handle: (context) => listAnswer(context, { scope: "/subscriptions", type }),
    },
    {
      ...read,
      path: subscriptionPath,
      reach: "members",
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    {
      ...read,
      path: "/tenants",
      reach: "anyone",
      handle: async () => ({ status: 200, body: { value: [tenantBody(tenantId)] } }),
    },
    {
      ...read,
      path: `${subscriptionPath}/locations`,
      handle: async (context) => {
        const id = `${context.path}/${location}`;
        const metadata = { regionType: "Physical", regionCategory: "Recommended" };
        const names = { name: location, displayName: location, regionalDisplayName: location };
        return { status: 200, body: { value: [{ id, type: "Region", ...names, metadata }] } };
      },
    },
  ];
}

function groupOperations(options: ResourcesOptions): Operation[] {
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
      handle: (context) => putGroup(context, options),
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

async function putGroup(context: ArmContext, { location: served }: ResourcesOptions) {
  checkResourceGroupName(context.param("resourceGroupName"));
  const request = parseContent(trackedResourceRequest, context.body);
  const location = checkLocation(request.location, served);
  checkConditions(context, await context.state.resources.get(context.path));
  const body = {
    location,
    tags: request.tags ?? {},
    properties: { provisioningState: "Succeeded" },
  };
  const condition = writeCondition(context);
  const stored = await context.state.resources.put(
    { id: context.path, type: groupType, body },
    condition,
  );
  return resourceAnswer(stored.created ? 201 : 200, stored);
}

async function patchGroup(context: ArmContext) {
  const found = await findGroup(context);
  checkConditions(context, found);
  const { tags } = parseContent(tagsRequest, context.body);
  const body = { ...found.body, tags: tags ?? {} };
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

function providerOperations({ location }: ResourcesOptions): Operation[] {
  const common = {
    method: "GET" as const,
    action: "Microsoft.Resources/subscriptions/providers/read",
    apiVersions: apiVersionsOf("Microsoft.Resources/providers"),
  };
  const byNamespace = Map.groupBy(advertisedVersions(), ([type]) => type.split("/")[0] ?? "");
  const describe = (namespace: string, own: ReturnType<typeof advertisedVersions>) => ({
    namespace,
    registrationState: "Registered",
    registrationPolicy: "RegistrationFree",
    resourceTypes: own.map(([type, versions]) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: [location],
      apiVersions: versions,
    })),
  });
  return [
    {
      ...common,
      path: `${subscriptionPath}/providers`,
      handle: async (context) => ({
        status: 200,
        body: {
          value: Array.from(byNamespace, ([namespace, own]) => ({
            id: `${context.path}/${namespace}`,
            ...describe(namespace, own),
          })),
        },
      }),
    },
    {
      ...common,
      path: `${subscriptionPath}/providers/{namespace}`,
      async handle(context) {
        const wanted = context.param("namespace").toLowerCase();
        const found = [...byNamespace].find(([namespace]) => namespace.toLowerCase() === wanted);
        if (found) return { status: 200, body: { id: context.path, ...describe(...found) } };
        throw new NightcapError(
          "ResourceNotFound",
          `The resource provider '${context.param("namespace")}' was not found.`,
        );
      },
    },
  ];
}
