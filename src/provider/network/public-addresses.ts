import { apiVersionsOf } from "../../arm/api-version.ts";
import { publicAddressType, publicAddressBodies } from "../../arm/public-ip-address.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import type { StoredResource } from "../../state/state.ts";
import { networkInterfaceType } from "../compute/machines.ts";
import { resourceNotFound, scopeOf } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const collection = "providers/Microsoft.Network/publicIPAddresses";
/** Interfaces whose addresses are in one list, which has no pages. */
const interfaceCountMax = 20_000;

/**
 * Microsoft.Network/publicIPAddresses: the addresses of hosts' interfaces that the Internet may
 * reach, read only, each made from its interface when it is asked for.
 */
export function publicAddressOperations(): Operation[] {
  const apiVersions = apiVersionsOf(publicAddressType);
  const read = { method: "GET" as const, action: `${publicAddressType}/read`, apiVersions };
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/${collection}`, handle: list },
    { ...read, path: `${group}/${collection}`, handle: list },
    { ...read, path: `${group}/${collection}/{publicIpAddressName}`, handle: show },
  ];
}

async function list(context: ArmContext): Promise<ArmAnswer> {
  const found = await addressesIn(context, scopeOf(context));
  return { status: 200, body: { value: found.filter((each) => context.permit.shows(each)) } };
}

async function show(context: ArmContext): Promise<ArmAnswer> {
  const { subscriptionId, resourceGroupName } = parseResourceId(context.path);
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
  const found = (await addressesIn(context, scope)).find(({ id }) => sameId(id, context.path));
  if (found) return { status: 200, body: found, headers: { etag: found.etag } };
  throw resourceNotFound(context.path);
}

async function addressesIn({ state }: ArmContext, scope: string) {
  const query = { scope, type: networkInterfaceType, limit: interfaceCountMax };
  return (await state.resources.list(query)).flatMap(describe);
}

const describe = (owner: StoredResource) => publicAddressBodies(owner);
