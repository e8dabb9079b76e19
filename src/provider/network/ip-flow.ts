import { type IpFlowRequest, ipFlowRequest } from "../../arm/network-diagnostics.ts";
import { NightcapError } from "../../common/errors.ts";
import type { AnswerOf } from "../../diagnosis/question.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import {
  type AskHost,
  type DiagnosedInterface,
  type DiagnosedMachine,
  findMachine,
  interfaceWith,
} from "./diagnosed-machine.ts";
import { groupOf, withoutNulls } from "./security-group-store.ts";
import { decideByRules, type RuleDecision, type RuleFlow } from "./security-rule-match.ts";

type Verdict = AnswerOf<"filterVerdict">;

/**
 * Whether a connection is let through: by the host's nftables, which is read, and by the security
 * group of the interface, which nothing enforces. Either can deny; the rule that does is named.
 */
export async function verifyIpFlow(context: ArmContext, ask: AskHost): Promise<ArmAnswer> {
  const request = parseContent(ipFlowRequest, withoutNulls(context.body));
  checkFamilies(request);
  const machine = await findMachine(context, request.targetResourceId);
  const { localIPAddress, targetNicResourceId } = request;
  const used = interfaceWith(machine, localIPAddress, targetNicResourceId);
  const decision = await decideByGroup(context, { request, machine, used });
  const verdict = await askVerdict(ask, machine, request);
  const networkSecurityGroup =
    decision === null ? null : { id: used.securityGroupId, ...decision, enforced: false };
  const { rule, notJudged } = verdict;
  const host = { verdict: verdict.verdict, ruleName: rule, notJudged };
  return {
    status: 200,
    body: { ...join(verdict, decision), nightcap: { host, networkSecurityGroup } },
  };
}

function checkFamilies({ localIPAddress, remoteIPAddress }: IpFlowRequest): void {
  if (localIPAddress.includes(":") === remoteIPAddress.includes(":")) return;
  throw new NightcapError(
    "InvalidParameter",
    `localIPAddress "${localIPAddress}" and remoteIPAddress "${remoteIPAddress}" are of two IP versions`,
  );
}

function join(verdict: Verdict, decision: RuleDecision | null): RuleDecision {
  if (verdict.verdict === "drop") return { access: "Deny", ruleName: verdict.rule };
  if (decision?.access === "Deny") return decision;
  if (verdict.verdict === "accept") return decision ?? { access: "Allow", ruleName: verdict.rule };
  throw new NightcapError(
    "NotImplemented",
    `not supported: it depends on ${verdict.rule}, which cannot be judged from outside (${verdict.notJudged.join("; ") || "an expression that is not known"})`,
  );
}

async function askVerdict(
  ask: AskHost,
  { hostId }: DiagnosedMachine,
  request: IpFlowRequest,
): Promise<Verdict> {
  const { direction, protocol, localPort, remotePort } = request;
  const answer = await ask(hostId, {
    kind: "filterVerdict",
    direction,
    protocol: protocol === "TCP" ? "tcp" : "udp",
    localAddress: request.localIPAddress,
    remoteAddress: request.remoteIPAddress,
    localPort,
    remotePort,
  });
  if (answer.kind === "filterVerdict") return answer;
  throw new Error(`asked for filterVerdict, got ${answer.kind}`);
}

/** Null: the interface has no group, and so no rules. */
async function decideByGroup(
  context: ArmContext,
  parts: { request: IpFlowRequest; machine: DiagnosedMachine; used: DiagnosedInterface },
): Promise<RuleDecision | null> {
  const { request, machine, used } = parts;
  if (used.securityGroupId === null) return null;
  const group = await findResource(context, used.securityGroupId);
  return decideByRules(groupOf(group).properties.securityRules, flowOf(request), machine.networks);
}

function flowOf(request: IpFlowRequest): RuleFlow {
  const { direction, localPort, remotePort, localIPAddress, remoteIPAddress } = request;
  const protocol = request.protocol === "TCP" ? "Tcp" : "Udp";
  const local = { address: localIPAddress, port: localPort };
  const remote = { address: remoteIPAddress, port: remotePort };
  const [from, to] = direction === "Inbound" ? [remote, local] : [local, remote];
  return {
    direction,
    protocol,
    sourceAddress: from.address,
    sourcePort: from.port,
    destinationAddress: to.address,
    destinationPort: to.port,
  };
}
