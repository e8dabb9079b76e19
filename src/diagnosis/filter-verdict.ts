import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { runInNamespace } from "./namespace-run.ts";
import { findNextHop } from "./next-hop.ts";
import type { NftPacket } from "./nft-match.ts";
import { parseRuleset } from "./nft-ruleset.ts";
import { judgeRuleset } from "./nft-verdict.ts";
import type { AnswerOf, QuestionOf } from "./question.ts";

type Question = QuestionOf<"filterVerdict">;

/** Reads the ruleset that is in force now, and says what it does with the packet. */
export async function findFilterVerdict(
  networkNamespace: string | null,
  question: Question,
): Promise<AnswerOf<"filterVerdict">> {
  const nft = await requireProgram("nft");
  const listed = await runInNamespace(networkNamespace, [nft, "-j", "list", "ruleset"]);
  if (listed.code !== 0) {
    throw new NightcapError("HostDiagnosisFailed", `nft list ruleset: ${listed.stderr.trim()}`);
  }
  const device = await deviceOf(networkNamespace, question);
  const packet = packetOf(question, device);
  const judged = judgeRuleset(parseRuleset(listed.stdout), question.direction, packet);
  const legacy = await legacyTables(networkNamespace);
  return {
    kind: "filterVerdict",
    ...judged,
    notJudged: [...legacy, ...judged.notJudged].slice(0, 20),
  };
}

/** The interface towards the other side: a packet from there is taken to come in by it. */
async function deviceOf(
  networkNamespace: string | null,
  { localAddress, remoteAddress }: Question,
): Promise<string | null> {
  const route = { source: localAddress, destination: remoteAddress };
  return (await findNextHop(networkNamespace, route)).device;
}

function packetOf(question: Question, device: string | null): NftPacket {
  const { direction, protocol, localAddress, remoteAddress, localPort, remotePort } = question;
  if (direction === "Inbound") {
    return {
      protocol,
      sourceAddress: remoteAddress,
      destinationAddress: localAddress,
      sourcePort: remotePort,
      destinationPort: localPort,
      inputInterface: device,
      outputInterface: null,
    };
  }
  return {
    protocol,
    sourceAddress: localAddress,
    destinationAddress: remoteAddress,
    sourcePort: localPort,
    destinationPort: remotePort,
    inputInterface: null,
    outputInterface: device,
  };
}

/** Tables of iptables' older kind, which nft does not see. */
async function legacyTables(networkNamespace: string | null): Promise<string[]> {
  const found: string[] = [];
  for (const name of ["ip_tables_names", "ip6_tables_names"]) {
    const path = `/proc/self/net/${name}`;
    const { stdout } = await runInNamespace(networkNamespace, ["cat", path]);
    const tables = stdout.split("\n").filter((table) => table !== "");
    if (tables.length > 0)
      found.push(
        `${name.replace("_names", "")} ${tables.join(", ").slice(0, 200)}: legacy tables are not judged`,
      );
  }
  return found;
}
