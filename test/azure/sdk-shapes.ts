// Azure's own SDKs as judges of a template's resources: each reads a resource as Azure would answer it and
// writes it back, so a property that the SDK does not know, or knows as another type, is lost or refused.
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { MonitorClient } from "@azure/arm-monitor";
import { OperationalInsightsManagementClient } from "@azure/arm-operationalinsights";
import { StorageManagementClient } from "@azure/arm-storage";
import { z } from "zod";
import type { MadeResource, Plain } from "./template/deployment.ts";
import { subscriptionId } from "./template/world.ts";

const credential = {
  getToken: async () => ({ token: "none", expiresOnTimestamp: Date.now() + 3_600_000 }),
};

class AnswerHeaders extends Headers {
  toJSON = (): Record<string, string> => Object.fromEntries(this.entries());
}

/** A connection that answers every call with `body`, and keeps what was sent last. */
function answering(body: Plain) {
  const sent: { body: unknown } = { body: undefined };
  const httpClient = {
    sendRequest: async <Request extends { body?: unknown; method: string; url: string }>(
      request: Request,
    ) => {
      if (typeof request.body === "string") sent.body = JSON.parse(request.body);
      const headers = new AnswerHeaders({ "content-type": "application/json" });
      // The SDK takes no other status of this one.
      const created = request.method === "PUT" && request.url.includes("/roleDefinitions/");
      return { request, status: created ? 201 : 200, headers, bodyAsText: JSON.stringify(body) };
    },
  };
  return { sent, options: { httpClient: httpClient as never, retryOptions: { maxRetries: 0 } } };
}

type Options = ReturnType<typeof answering>["options"];
type RoundTrip = (options: Options, names: string[]) => Promise<unknown>;

const storage = (options: Options) =>
  new StorageManagementClient(credential, subscriptionId, options);
const monitor = (options: Options) => new MonitorClient(credential, subscriptionId, options);
const authorization = (options: Options) =>
  new AuthorizationManagementClient(credential, subscriptionId, options);

/** Reads a resource and writes what was read. */
const roundTrips: Record<string, RoundTrip> = {
  "Microsoft.Storage/storageAccounts": async (options, [name = ""]) => {
    const { storageAccounts } = storage(options);
    await storageAccounts.create(
      "g",
      name,
      (await storageAccounts.getProperties("g", name)) as never,
    );
  },
  "Microsoft.Storage/storageAccounts/blobServices": async (options, [account = ""]) => {
    const { blobServices } = storage(options);
    const read = await blobServices.getServiceProperties("g", account);
    await blobServices.setServiceProperties("g", account, read);
  },
  "Microsoft.Storage/storageAccounts/blobServices/containers": async (
    options,
    [account = "", , name = ""],
  ) => {
    const { blobContainers } = storage(options);
    const read = await blobContainers.get("g", account, name);
    await blobContainers.create("g", account, name, read);
  },
  "Microsoft.OperationalInsights/workspaces": async (options, [name = ""]) => {
    const { workspaces } = new OperationalInsightsManagementClient(
      credential,
      subscriptionId,
      options,
    );
    await workspaces.createOrUpdate("g", name, await workspaces.get("g", name));
  },
  "Microsoft.Authorization/roleAssignments": async (options, [name = ""]) => {
    const { roleAssignments } = authorization(options);
    await roleAssignments.create("s", name, (await roleAssignments.get("s", name)) as never);
  },
  "Microsoft.Authorization/roleDefinitions": async (options, [name = ""]) => {
    const { roleDefinitions } = authorization(options);
    await roleDefinitions.createOrUpdate("s", name, await roleDefinitions.get("s", name));
  },
  "Microsoft.Insights/actionGroups": async (options, [name = ""]) => {
    const { actionGroups } = monitor(options);
    await actionGroups.createOrUpdate("g", name, await actionGroups.get("g", name));
  },
  "Microsoft.Insights/metricAlerts": async (options, [name = ""]) => {
    const { metricAlerts } = monitor(options);
    await metricAlerts.createOrUpdate("g", name, await metricAlerts.get("g", name));
  },
};

const text = z.string().min(1);
const site = z.strictObject({
  location: text,
  kind: z.literal("functionapp,linux"),
  identity: z.strictObject({ type: z.enum(["SystemAssigned"]) }),
  properties: z.strictObject({
    serverFarmId: z.string().includes("/providers/Microsoft.Web/serverfarms/"),
    httpsOnly: z.boolean(),
    siteConfig: z.strictObject({ minTlsVersion: z.enum(["1.0", "1.1", "1.2", "1.3"]) }),
    functionAppConfig: z.strictObject({
      deployment: z.strictObject({
        storage: z.strictObject({
          type: z.literal("blobContainer"),
          value: z.url({ protocol: /^https$/ }),
          authentication: z.strictObject({
            type: z.enum([
              "SystemAssignedIdentity",
              "UserAssignedIdentity",
              "StorageAccountConnectionString",
            ]),
          }),
        }),
      }),
      runtime: z.strictObject({ name: z.literal("node"), version: z.enum(["22", "24"]) }),
      scaleAndConcurrency: z.strictObject({
        instanceMemoryMB: z.union([z.literal(512), z.literal(2_048), z.literal(4_096)]),
        maximumInstanceCount: z.int().min(40).max(1_000),
      }),
    }),
  }),
});

/**
 * Of these no SDK is among the project's packages (Microsoft.Web's alone is 28 MB). Written after the
 * types of @azure/arm-appservice 19.0.0, the Flex Consumption part, and Microsoft.Insights 2020-02-02.
 */
const schemas: Record<string, z.ZodType> = {
  "Microsoft.Web/serverfarms": z.strictObject({
    location: text,
    kind: z.literal("functionapp"),
    sku: z.strictObject({ name: z.literal("FC1"), tier: z.literal("FlexConsumption") }),
    properties: z.strictObject({ reserved: z.literal(true) }),
  }),
  "Microsoft.Web/sites": site,
  "Microsoft.Web/sites/config": z.strictObject({ properties: z.record(text, z.string()) }),
  "Microsoft.Insights/components": z.strictObject({
    location: text,
    kind: text,
    properties: z.strictObject({
      Application_Type: z.enum(["web", "other"]),
      WorkspaceResourceId: z
        .string()
        .includes("/providers/Microsoft.OperationalInsights/workspaces/"),
    }),
  }),
};

/** Versions in which the resource is known to have these shapes (azure-rest-api-specs). */
export const apiVersions: Record<string, string> = {
  "Microsoft.Authorization/roleAssignments": "2022-04-01",
  "Microsoft.Authorization/roleDefinitions": "2022-04-01",
  "Microsoft.Insights/actionGroups": "2023-01-01",
  "Microsoft.Insights/components": "2020-02-02",
  "Microsoft.Insights/metricAlerts": "2018-03-01",
  "Microsoft.OperationalInsights/workspaces": "2023-09-01",
  "Microsoft.Resources/deployments": "2022-09-01",
  "Microsoft.Storage/storageAccounts": "2023-05-01",
  "Microsoft.Storage/storageAccounts/blobServices": "2023-05-01",
  "Microsoft.Storage/storageAccounts/blobServices/containers": "2023-05-01",
  "Microsoft.Web/serverfarms": "2024-04-01",
  "Microsoft.Web/sites": "2024-04-01",
  "Microsoft.Web/sites/config": "2024-04-01",
};

/** What comes back of a resource; equal to its body when every part of it is known. */
export async function throughJudge({ id, type, body }: MadeResource): Promise<unknown> {
  const { scope: _scope, ...sent } = body;
  const schema = schemas[type];
  if (schema) return schema.parse(sent);
  const roundTrip = roundTrips[type];
  if (!roundTrip) throw new Error(`no judge for ${type}`);
  const names = id
    .slice(id.lastIndexOf("/providers/"))
    .split("/")
    .slice(3)
    .filter((_, index) => index % 2 === 1);
  const { sent: kept, options } = answering(sent);
  await roundTrip(options, names);
  return kept.body;
}
