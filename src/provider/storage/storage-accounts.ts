import { apiVersionsOf } from "../../arm/api-version.ts";
import { findResource, listAnswer, resourceAnswer, scopeOf } from "../kernel/answers.ts";
import type { ArmContext, Operation } from "../kernel/arm-request.ts";
import { storageAccountType } from "../compute/machines.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const accounts = "providers/Microsoft.Storage/storageAccounts";

/** Microsoft.Storage: the capture store as a storage account; read only. `keysOf`: base64, first is key1. */
export function storageOperations(
  keysOf: (accountName: string) => Promise<readonly string[]>,
): Operation[] {
  const common = {
    method: "GET" as const,
    action: "Microsoft.Storage/storageAccounts/read",
    apiVersions: apiVersionsOf(storageAccountType),
  };
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: storageAccountType });
  return [
    { ...common, path: `/subscriptions/{subscriptionId}/${accounts}`, handle: list },
    { ...common, path: `${group}/${accounts}`, handle: list },
    {
      ...common,
      path: `${group}/${accounts}/{accountName}`,
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    {
      ...common,
      method: "POST",
      action: "Microsoft.Storage/storageAccounts/listKeys/action",
      path: `${group}/${accounts}/{accountName}/listKeys`,
      async handle(context) {
        await findResource(context, context.path.split("/").slice(0, -1).join("/"));
        const values = await keysOf(context.param("accountName"));
        const keys = values.map((value, index) => ({
          keyName: `key${index + 1}`,
          value,
          permissions: "FULL",
        }));
        return { status: 200, body: { keys } };
      },
    },
  ];
}
