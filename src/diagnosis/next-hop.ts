import { z } from "zod";
import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { runInNamespace } from "./namespace-run.ts";
import type { AnswerOf } from "./question.ts";

/** The parts of `ip -json route get` that are used. */
const routes = z.array(
  z.object({
    type: z.string().optional(),
    dst: z.string().optional(),
    gateway: z.string().optional(),
    via: z.object({ host: z.string() }).optional(),
    dev: z.string().optional(),
  }),
);

const links = z.array(
  z.object({
    link_type: z.string().optional(),
    linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
  }),
);

/** Interfaces that put packets into others: what is behind them is another network. */
const tunnelKinds = new Set([
  "wireguard",
  "tun",
  "ipip",
  "sit",
  "gre",
  "ip6tnl",
  "ip6gre",
  "vti",
  "vti6",
  "xfrm",
]);

type NextHop = AnswerOf<"nextHop">;

const noRoute: NextHop = { kind: "nextHop", hop: "none", gateway: null, device: null, route: null };

/** Asks the kernel where it would send a packet from `source` to `destination`. */
export async function findNextHop(
  networkNamespace: string | null,
  { source, destination }: { source: string; destination: string },
): Promise<NextHop> {
  const ask = async (...words: string[]) => {
    const ip = await requireProgram("ip");
    return runInNamespace(networkNamespace, [ip, "-json", "-details", ...words]);
  };
  const taken = await ask("route", "get", destination, "from", source);
  // The kernel answers "No route to host", "Network is unreachable", or for a blackhole "Invalid argument".
  if (taken.code !== 0 && /RTNETLINK answers/.test(taken.stderr)) return noRoute;
  if (taken.code !== 0) {
    throw new NightcapError("HostDiagnosisFailed", `ip route get: ${taken.stderr.trim()}`);
  }
  const matched = await ask("route", "get", "fibmatch", destination, "from", source);
  const [used] = routes.parse(JSON.parse(taken.stdout));
  const [entry] = matched.code === 0 ? routes.parse(JSON.parse(matched.stdout)) : [];
  const device = used?.dev ?? null;
  const gateway = used?.gateway ?? used?.via?.host ?? null;
  const route = entry?.dst ?? null;
  const isTunnel = device !== null && (await isTunnelDevice(ask, device));
  return {
    kind: "nextHop",
    hop: hopOf({ type: used?.type, gateway, route, isTunnel }),
    gateway,
    device,
    route,
  };
}

function hopOf(found: {
  type: string | undefined;
  gateway: string | null;
  route: string | null;
  isTunnel: boolean;
}): NextHop["hop"] {
  if (["unreachable", "blackhole", "prohibit", "throw"].includes(found.type ?? "")) return "none";
  if (found.type === "local") return "local";
  if (found.isTunnel) return "tunnel";
  if (found.gateway === null) return "onLink";
  return found.route === "default" ? "defaultGateway" : "gateway";
}

async function isTunnelDevice(
  ask: (...words: string[]) => ReturnType<typeof runInNamespace>,
  device: string,
): Promise<boolean> {
  const { code, stdout } = await ask("link", "show", "dev", device);
  if (code !== 0) return false;
  const [link] = links.parse(JSON.parse(stdout));
  return tunnelKinds.has(link?.linkinfo?.info_kind ?? "") || link?.link_type === "none";
}
