import { apiVersionsOf } from "../../arm/api-version.ts";
import { tenantBody } from "../../arm/subscription.ts";
import type { StoredResource } from "../../state/state.ts";
import { findResource, listPage } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { resourceGroupOperations } from "./resource-groups.ts";
import { resourceListOperations } from "./resource-list.ts";
import { resourceProviderOperations } from "./resource-providers.ts";
import { tagOperations } from "./tags-at-scope.ts";

const type = "Microsoft.Resources/subscriptions";
const subscriptionPath = "/subscriptions/{subscriptionId}";
/** Who manages a subscription is said from this version on. */
const managedByVersion = "2019-06-01";

export interface ResourcesOptions {
  tenantId: string;
  /** The region that this control plane serves. */
  location: string;
  /** Every operation there is, for the lists of operations. */
  operations(): readonly Operation[];
}

/** Microsoft.Resources: subscriptions, tenants, groups, resources, locations, tags, providers. */
export function resourcesOperations(options: ResourcesOptions): Operation[] {
  const { tenantId, location } = options;
  const operations = () => options.operations();
  return [
    ...subscriptionOperations(),
    tenantsOperation(tenantId),
    locationsOperation(location),
    ...resourceGroupOperations(location, operations),
    ...resourceListOperations(),
    ...tagOperations(),
    ...resourceProviderOperations(location, operations),
  ];
}

function subscriptionOperations(): Operation[] {
  const read = {
    method: "GET" as const,
    action: `${type}/read`,
    apiVersions: apiVersionsOf(type),
  };
  return [
    {
      ...read,
      path: "/subscriptions",
      reach: "anyone",
      async handle(context) {
        const { resources, nextLink } = await listPage(context, { scope: "/subscriptions", type });
        const value = resources.map((resource) => view(resource, context));
        const count = { type: "Total", value: value.length };
        return { status: 200, body: { value, ...nextLink, count } };
      },
    },
    {
      ...read,
      path: subscriptionPath,
      reach: "members",
      async handle(context) {
        const found = await findResource(context, context.path);
        return { status: 200, body: view(found, context) };
      },
    },
  ];
}

/** Unlike other resources it has neither name nor type. */
function view({ id, body }: StoredResource, { apiVersion }: ArmContext): Record<string, unknown> {
  const { managedByTenants, ...rest } = body;
  return { id, ...rest, ...(apiVersion < managedByVersion ? {} : { managedByTenants }) };
}

const tenantsOperation = (tenantId: string): Operation => ({
  method: "GET",
  path: "/tenants",
  action: "Microsoft.Resources/tenants/read",
  reach: "anyone",
  apiVersions: apiVersionsOf("Microsoft.Resources/tenants"),
  handle: async () => ({ status: 200, body: { value: [tenantBody(tenantId)] } }),
});

const locationsOperation = (location: string): Operation => ({
  method: "GET",
  path: `${subscriptionPath}/locations`,
  action: `${type}/locations/read`,
  apiVersions: apiVersionsOf(type),
  async handle(context) {
    const id = `${context.path}/${location}`;
    const metadata = { regionType: "Physical", regionCategory: "Recommended" };
    const names = { name: location, displayName: location, regionalDisplayName: location };
    return { status: 200, body: { value: [{ id, type: "Region", ...names, metadata }] } };
  },
});
