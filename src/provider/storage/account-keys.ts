import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import type { StorageParts } from "./account-secrets.ts";

/** The account that an operation below it is about: `.../storageAccounts/a` of `.../a/listKeys`. */
export const accountIdOf = (context: ArmContext): string =>
  context.path.replace(/(\/storageAccounts\/[^/]+)\/.*$/i, "$1");

export const isEmbedded = (context: ArmContext, parts: StorageParts): boolean =>
  context.param("accountName").toLowerCase() === parts.embedded.name;

/** Base64; throws `Conflict` for an account that was registered with a shared access signature. */
export async function keysOf(context: ArmContext, parts: StorageParts): Promise<readonly string[]> {
  const { id } = await findResource(context, accountIdOf(context));
  if (isEmbedded(context, parts)) return parts.embedded.keys();
  const credential = parts.registered.find(id)?.credential;
  if (credential?.kind === "keys") return credential.keys;
  throw new NightcapError(
    "Conflict",
    `the keys of ${id} are not known: it was registered with a shared access signature`,
  );
}

export async function listKeys(context: ArmContext, parts: StorageParts): Promise<ArmAnswer> {
  const expand = context.query.get("$expand");
  if (expand !== null && expand !== "kerb") {
    throw new NightcapError(
      "InvalidParameter",
      `$expand "${expand.slice(0, 40)}": kerb is allowed`,
    );
  }
  return keysAnswer(await keysOf(context, parts));
}

const keyName = z.strictObject({ keyName: z.enum(["key1", "key2"]) });

/** The other key goes on working, so that clients can move to it first. */
export async function regenerateKey(context: ArmContext, parts: StorageParts): Promise<ArmAnswer> {
  const request = parseContent(keyName, context.body);
  const { id } = await findResource(context, accountIdOf(context));
  if (!isEmbedded(context, parts)) {
    throw new NightcapError(
      "Conflict",
      `the keys of ${id} are made where it lies: regenerate them there, and register it again`,
    );
  }
  await parts.embedded.regenerateKey(request.keyName === "key1" ? 0 : 1);
  return keysAnswer(parts.embedded.keys());
}

function keysAnswer(values: readonly string[]): ArmAnswer {
  const keys = values.map((value, index) => ({
    keyName: `key${index + 1}`,
    value,
    permissions: "FULL",
  }));
  return { status: 200, body: { keys } };
}
