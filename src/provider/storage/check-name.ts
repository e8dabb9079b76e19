import { z } from "zod";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { accountNamePattern, type StorageParts } from "./account-secrets.ts";

const nameRequest = z.strictObject({
  name: z.string().max(1_024),
  type: z.literal("Microsoft.Storage/storageAccounts").optional(),
});

/** POST checkNameAvailability: whether an account can be registered by this name. */
export async function checkNameAvailability(
  context: ArmContext,
  { embedded, registered }: StorageParts,
): Promise<ArmAnswer> {
  const { name } = parseContent(nameRequest, context.body);
  const answer = (body: Record<string, unknown>): ArmAnswer => ({ status: 200, body });
  if (!accountNamePattern.test(name)) {
    const message = `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`;
    return answer({ nameAvailable: false, reason: "AccountNameInvalid", message });
  }
  if (![embedded, ...registered.list()].some((account) => account.name === name)) {
    return answer({ nameAvailable: true });
  }
  const message = `The storage account named ${name} is already taken.`;
  return answer({ nameAvailable: false, reason: "AlreadyExists", message });
}
