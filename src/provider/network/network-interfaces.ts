import { z } from "zod";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { canonicalLocation, tags } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { networkInterfaceType } from "../compute/machines.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  resourceAnswer,
  scopeOf,
} from "../kernel/answers.ts";
import { patchTags } from "../kernel/tracked.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { securityGroupType, withoutNulls } from "./security-group-store.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const collection = "providers/Microsoft.Network/networkInterfaces";

/**
 * Microsoft.Network/networkInterfaces: made from what hosts say of themselves. What can be written is
 * the tags and the network security group; the rest is the host's.
 */
export function networkInterfaceOperations(): Operation[] {
  const apiVersions = apiVersionsOf(networkInterfaceType);
  const read = { method: "GET" as const, action: `${networkInterfaceType}/read`, apiVersions };
  const path = `${group}/${collection}/{networkInterfaceName}`;
  const write = { path, action: `${networkInterfaceType}/write`, apiVersions };
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: networkInterfaceType });
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/${collection}`, handle: list },
    { ...read, path: `${group}/${collection}`, handle: list },
    {
      ...read,
      path,
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    { ...write, method: "PUT", handle: putInterface },
    { ...write, method: "PATCH", handle: patchInterface },
  ];
}

/** What a client read, perhaps changed, and sends back. */
const interfaceBody = z.object({
  location: z.string().min(1).max(60),
  tags: tags.optional(),
  properties: z
    .looseObject({ networkSecurityGroup: z.object({ id: z.string().max(2_048) }).optional() })
    .default({}),
});

async function putInterface(context: ArmContext): Promise<ArmAnswer> {
  const sent = withoutNulls(context.body);
  const request = parseContent(interfaceBody, sent);
  const { networkSecurityGroup, ...others } = request.properties;
  const stored = await context.state.transact(async (inside) => {
    const found = await inside.resources.get(context.path);
    if (!found) throw notMade(context.path);
    checkConditions(context, found);
    checkSame(found.body["location"], request.location, "location");
    const { networkSecurityGroup: _before, ...own } = propertiesOf(found);
    checkSame(own, others, "properties");
    const chosen = networkSecurityGroup
      ? { networkSecurityGroup: { id: await findGroup(inside, found, networkSecurityGroup.id) } }
      : {};
    const body = { ...found.body, tags: request.tags ?? {}, properties: { ...own, ...chosen } };
    return inside.resources.put({ ...found, body });
  });
  return resourceAnswer(200, stored);
}

const propertiesOf = ({ body }: StoredResource): Record<string, unknown> =>
  body["properties"] as Record<string, unknown>;

const notMade = (path: string): NightcapError =>
  new NightcapError(
    "NotImplemented",
    `not supported: network interface ${path.slice(path.lastIndexOf("/") + 1)} is not one of a host's, and none can be made here`,
  );

/** The id of the group as it was first written; it must be there, in the interface's region. */
async function findGroup(state: State, owner: StoredResource, id: string): Promise<string> {
  const { type } = parseResourceId(id);
  if (type.toLowerCase() !== securityGroupType.toLowerCase()) {
    throw new NightcapError("InvalidParameter", `networkSecurityGroup "${id}" is a ${type}`);
  }
  const found = await findResource({ state }, id);
  const [own, other] = [String(owner.body["location"]), String(found.body["location"])];
  if (canonicalLocation(own) === canonicalLocation(other)) return found.id;
  throw new NightcapError(
    "InvalidParameter",
    `network security group ${found.id} is in region "${other}", the network interface in "${own}": both must be in one region`,
  );
}

/**
 * Throws for the first value that was sent and is not what is stored: the host's are not to be
 * changed. What was not sent, or says "none" in one of its ways, is no change.
 */
function checkSame(own: unknown, sent: unknown, where: string): void {
  if (isNone(sent) || /\.(?:etag|provisioningState)$/.test(where)) return;
  if (typeof sent === "object" && sent !== null && typeof own === "object" && own !== null) {
    for (const [key, value] of Object.entries(sent)) {
      checkSame((own as Record<string, unknown>)[key], value, `${where}.${key}`);
    }
    return;
  }
  if (
    own === sent ||
    (typeof own === "string" && typeof sent === "string" && sameText(own, sent))
  ) {
    return;
  }
  throw new NightcapError(
    "InvalidParameter",
    `${where} cannot be ${JSON.stringify(sent).slice(0, 200)}: it is the host's, who says ${JSON.stringify(own ?? null).slice(0, 200)}; tags and networkSecurityGroup can be written`,
  );
}

const sameText = (a: string, b: string): boolean =>
  sameId(a, b) || canonicalLocation(a) === canonicalLocation(b);

function isNone(value: unknown): boolean {
  if (value === undefined || value === false || value === "" || value === "None") return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every(isNone);
}

async function patchInterface(context: ArmContext): Promise<ArmAnswer> {
  return resourceAnswer(200, await patchTags(context));
}
