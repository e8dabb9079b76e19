import { z } from "zod";
import { parseActionGroup } from "../../alert/action-group.ts";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { NightcapError } from "../../common/errors.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";

const type = "Microsoft.Insights/actionGroups";
const enableRequest = z.object({ receiverName: z.string().min(1).max(256) });

/**
 * `subscribe`: people who unsubscribed from mail or SMS come back. Nobody can unsubscribe here, so
 * there is never one to enable, which Azure answers with 409.
 */
export function enableReceiverOperation(): Operation {
  const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
  return {
    method: "POST",
    path: `${group}/providers/${type}/{resourceName}/subscribe`,
    action: `${type}/subscribe/action`,
    apiVersions: apiVersionsOf(type),
    handle: enableReceiver,
  };
}

async function enableReceiver(context: ArmContext): Promise<ArmAnswer> {
  const id = context.path.split("/").slice(0, -1).join("/");
  const found = await findResource(context, id);
  const { receiverName } = parseContent(enableRequest, context.body);
  const { emailReceivers, smsReceivers } = parseActionGroup(found.body["properties"]);
  const people = [...(emailReceivers ?? []), ...(smsReceivers ?? [])];
  if (people.some(({ name }) => name.toLowerCase() === receiverName.toLowerCase())) {
    throw new NightcapError(
      "Conflict",
      `receiver "${receiverName}" is not disabled, so there is nothing to enable`,
    );
  }
  throw new NightcapError(
    "ResourceNotFound",
    `The email or SMS receiver '${receiverName}' of action group '${found.id}' was not found.`,
  );
}
