import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { tagsRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import { storageAccountType } from "../compute/machines.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { isEmbedded, listKeys, regenerateKey } from "./account-keys.ts";
import { listAccountSas, listServiceSas } from "./account-sas.ts";
import type { StorageParts } from "./account-secrets.ts";
import { blobServiceOperations } from "./blob-services.ts";
import { checkNameAvailability } from "./check-name.ts";
import { putAccount } from "./register-account.ts";

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
const accounts = "providers/Microsoft.Storage/storageAccounts";

/** Microsoft.Storage: the embedded store, and accounts in Azure that captures can be stored in. */
export function storageOperations(parts: StorageParts, location: string): Operation[] {
  const account = `${group}/${accounts}/{accountName}`;
  const apiVersions = apiVersionsOf(storageAccountType);
  const common = (verb: string) => ({ apiVersions, action: `${storageAccountType}/${verb}` });
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: storageAccountType });
  const post = (name: string, handle: (context: ArmContext) => Promise<ArmAnswer>): Operation => ({
    ...common(`${name}/action`),
    method: "POST",
    path: `${account}/${name}`,
    handle,
  });
  return [
    { ...common("read"), method: "GET", path: `${subscription}/${accounts}`, handle: list },
    { ...common("read"), method: "GET", path: `${group}/${accounts}`, handle: list },
    { ...common("read"), method: "GET", path: account, handle: getAccount },
    {
      ...common("write"),
      method: "PUT",
      path: account,
      handle: (context) => putAccount(context, parts, location),
    },
    { ...common("write"), method: "PATCH", path: account, handle: patchAccount },
    {
      ...common("delete"),
      method: "DELETE",
      path: account,
      handle: (context) => deleteAccount(context, parts),
    },
    post("listKeys", (context) => listKeys(context, parts)),
    post("regenerateKey", (context) => regenerateKey(context, parts)),
    post("listAccountSas", (context) => listAccountSas(context, parts)),
    post("listServiceSas", (context) => listServiceSas(context, parts)),
    {
      action: "Microsoft.Storage/checknameavailability/read",
      apiVersions,
      method: "POST",
      path: `${subscription}/providers/Microsoft.Storage/checkNameAvailability`,
      handle: (context) => checkNameAvailability(context, parts),
    },
    ...blobServiceOperations(account, parts),
  ];
}

const getAccount = async (context: ArmContext): Promise<ArmAnswer> =>
  resourceAnswer(200, await findResource(context, context.path));

/** Tags alone: what else an account has is where it lies. az repeats what it read, which may stay so. */
async function patchAccount(context: ArmContext): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const { tags, ...others } = parseContent(z.looseObject(tagsRequest.shape), context.body);
  checkUnchanged(found.body, others, []);
  if (tags === undefined) return resourceAnswer(200, found);
  const body = { ...found.body, tags };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return resourceAnswer(200, stored);
}

/** Throws `InvalidParameter` that names what would change. */
function checkUnchanged(stored: unknown, asked: unknown, path: readonly string[]): void {
  if (asked === null || asked === undefined || asked === stored) return;
  if (typeof asked === "object" && !Array.isArray(asked)) {
    const before = new Map<string, unknown>(Object.entries(stored ?? {}));
    for (const [name, value] of Object.entries(asked)) {
      checkUnchanged(before.get(name), value, [...path, name]);
    }
    return;
  }
  throw new NightcapError(
    "InvalidParameter",
    `${path.join(".")} of a storage account cannot be changed here: tags can`,
  );
}

/** Forgets a registered account with what opens it; its blobs stay where they are. */
async function deleteAccount(context: ArmContext, parts: StorageParts): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  if (isEmbedded(context, parts)) {
    throw new NightcapError("Conflict", "the embedded store cannot be deleted");
  }
  await parts.registered.delete(found.id);
  await context.state.resources.delete(found.id);
  return { status: 200 };
}
