import { nextHopRequest } from "../../arm/network-diagnostics.ts";
import { NightcapError } from "../../common/errors.ts";
import type { AnswerOf } from "../../diagnosis/question.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { type AskHost, findMachine, interfaceWith } from "./diagnosed-machine.ts";
import { withoutNulls } from "./security-group-store.ts";

type NextHop = AnswerOf<"nextHop">;

/** The kernel's routes in Azure's words. */
const typeOf: Readonly<Record<NextHop["hop"], string>> = {
  local: "VnetLocal",
  onLink: "VnetLocal",
  defaultGateway: "Internet",
  gateway: "VirtualAppliance",
  tunnel: "VirtualNetworkGateway",
  none: "None",
};

/** Where the host's kernel sends a packet. */
export async function showNextHop(context: ArmContext, ask: AskHost): Promise<ArmAnswer> {
  const request = parseContent(nextHopRequest, withoutNulls(context.body));
  const { sourceIPAddress, destinationIPAddress, targetNicResourceId } = request;
  const machine = await findMachine(context, request.targetResourceId);
  interfaceWith(machine, sourceIPAddress, targetNicResourceId);
  const route = { source: sourceIPAddress, destination: destinationIPAddress };
  if (route.source.includes(":") !== route.destination.includes(":")) {
    throw new NightcapError(
      "InvalidParameter",
      `sourceIPAddress "${route.source}" and destinationIPAddress "${route.destination}" are of two IP versions`,
    );
  }
  const { hop, gateway, device, route: matched } = await askNextHop(ask, machine.hostId, route);
  return {
    status: 200,
    body: {
      nextHopType: typeOf[hop],
      ...(gateway === null ? {} : { nextHopIpAddress: gateway }),
      // Azure's word for a route of no route table of its own.
      routeTableId: "System Route",
      nightcap: { device, route: matched },
    },
  };
}

export async function askNextHop(
  ask: AskHost,
  hostId: string,
  route: { source: string; destination: string },
): Promise<NextHop> {
  const answer = await ask(hostId, { kind: "nextHop", ...route });
  if (answer.kind === "nextHop") return answer;
  throw new Error(`asked for nextHop, got ${answer.kind}`);
}
