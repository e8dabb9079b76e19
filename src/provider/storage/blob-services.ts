import { apiVersionsOf } from "../../arm/api-version.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { accountIdOf } from "./account-keys.ts";
import type { StorageParts } from "./account-secrets.ts";
import {
  deleteContainer,
  getContainer,
  listContainers,
  patchContainer,
  putContainer,
} from "./blob-containers.ts";

const serviceType = "Microsoft.Storage/storageAccounts/blobServices";

/** blobServices, of which each account has one, and its containers: what ARM says of them. */
export function blobServiceOperations(account: string, parts: StorageParts): Operation[] {
  const services = `${account}/blobServices`;
  const containers = `${services}/default/containers`;
  const service = { apiVersions: apiVersionsOf(serviceType), action: `${serviceType}/read` };
  const container = (verb: string) => ({
    apiVersions: apiVersionsOf(`${serviceType}/containers`),
    action: `${serviceType}/containers/${verb}`,
    path: `${containers}/{containerName}`,
  });
  return [
    {
      ...service,
      method: "GET",
      path: services,
      handle: async (context) => ({ status: 200, body: { value: [await describe(context)] } }),
    },
    { ...service, method: "GET", path: `${services}/default`, handle: getService },
    {
      ...container("read"),
      method: "GET",
      path: containers,
      handle: (context) => listContainers(context, parts),
    },
    { ...container("read"), method: "GET", handle: (context) => getContainer(context, parts) },
    { ...container("write"), method: "PUT", handle: (context) => putContainer(context, parts) },
    { ...container("write"), method: "PATCH", handle: (context) => patchContainer(context, parts) },
    {
      ...container("delete"),
      method: "DELETE",
      handle: (context) => deleteContainer(context, parts),
    },
  ];
}

const getService = async (context: ArmContext): Promise<ArmAnswer> => ({
  status: 200,
  body: await describe(context),
});

/** A service with nothing switched on. */
async function describe(context: ArmContext): Promise<Record<string, unknown>> {
  const { id, body } = await findResource(context, accountIdOf(context));
  return {
    id: `${id}/blobServices/default`,
    name: "default",
    type: serviceType,
    sku: body["sku"],
    properties: {
      cors: { corsRules: [] },
      deleteRetentionPolicy: { enabled: false },
      containerDeleteRetentionPolicy: { enabled: false },
      isVersioningEnabled: false,
      changeFeed: { enabled: false },
    },
  };
}
