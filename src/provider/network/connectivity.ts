import { isIP } from "node:net";
import { type ConnectivityRequest, connectivityRequest } from "../../arm/network-diagnostics.ts";
import { NightcapError } from "../../common/errors.ts";
import type { AnswerOf, QuestionOf } from "../../diagnosis/question.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { describeHops } from "./connectivity-hops.ts";
import { type AskHost, type DiagnosedMachine, findMachine } from "./diagnosed-machine.ts";
import { askNextHop } from "./next-hop.ts";
import { withoutNulls } from "./security-group-store.ts";

/** Enough for a mean, and over within three seconds where nothing answers. */
const probeCount = 10;
const probeTimeoutMilliseconds = 2_000;

type Question = QuestionOf<"connect">;

/** Connects from the host, for real, and says how that went. */
export async function checkConnectivity(context: ArmContext, ask: AskHost): Promise<ArmAnswer> {
  const request = parseContent(connectivityRequest, withoutNulls(context.body));
  const machine = await findMachine(context, request.source.resourceId);
  const destinationId = request.destination.resourceId;
  const other = destinationId === undefined ? null : await findMachine(context, destinationId);
  const question = questionOf(request, other);
  const answer = await ask(machine.hostId, question);
  if (answer.kind !== "connect") throw new Error(`asked for connect, got ${answer.kind}`);
  const source = sourceOf(machine, answer.address);
  const route =
    answer.address === null || source === null
      ? null
      : await askNextHop(ask, machine.hostId, { source, destination: answer.address });
  const hops = describeHops({ machine, other, source, answer, route });
  return { status: 200, body: { hops, ...summarise(answer), nightcap: { probes: answer.probes } } };
}

/** The machine's own address that speaks to the other: the first of its IP version. */
function sourceOf(machine: DiagnosedMachine, address: string | null): string | null {
  const version = address === null ? 4 : isIP(address);
  const own = machine.interfaces.flatMap(({ addresses }) => addresses);
  return own.find((each) => isIP(each) === version) ?? null;
}

function summarise({ probes }: AnswerOf<"connect">) {
  const times = probes.flatMap(({ milliseconds }) => (milliseconds === null ? [] : [milliseconds]));
  const failed = probes.length - times.length;
  const counts = { probesSent: probes.length, probesFailed: failed };
  if (times.length === 0) return { connectionStatus: "Unreachable", ...counts };
  const sum = times.reduce((total, each) => total + each, 0);
  return {
    connectionStatus: failed === 0 ? "Reachable" : "Degraded",
    // Azure's are whole numbers.
    avgLatencyInMs: Math.round(sum / times.length),
    minLatencyInMs: Math.round(Math.min(...times)),
    maxLatencyInMs: Math.round(Math.max(...times)),
    ...counts,
  };
}

interface Destination {
  name: string;
  port: number | null;
  scheme: "http" | "https" | null;
  path: string;
}

function questionOf(request: ConnectivityRequest, other: DiagnosedMachine | null): Question {
  const { name, path, ...destination } = destinationOf(request, other);
  const protocol = protocolOf(request, destination);
  const port = protocol === "icmp" ? null : (destination.port ?? defaultPort(protocol));
  const given = request.protocolConfiguration;
  const configuration = given?.HTTPConfiguration ?? given?.httpConfiguration;
  const isHttp = protocol === "http" || protocol === "https";
  if (configuration && !isHttp) {
    throw new NightcapError(
      "InvalidParameter",
      `an HTTP configuration with protocol ${protocol}: Http or Https expected`,
    );
  }
  return {
    kind: "connect",
    protocol,
    destination: name,
    port,
    probeCount,
    timeoutMilliseconds: probeTimeoutMilliseconds,
    http: isHttp
      ? {
          path,
          headers: configuration?.headers ?? [],
          validStatuses: configuration?.validStatusCodes ?? [],
        }
      : null,
  };
}

/** What was asked for; otherwise what the address begins with; otherwise TCP with a port, ICMP without. */
function protocolOf(
  { protocol }: ConnectivityRequest,
  { port, scheme }: Pick<Destination, "port" | "scheme">,
): Question["protocol"] {
  if (protocol !== undefined) return protocol.toLowerCase() as Question["protocol"];
  return scheme ?? (port === null ? "icmp" : "tcp");
}

function defaultPort(protocol: Question["protocol"]): number {
  if (protocol === "http") return 80;
  if (protocol === "https") return 443;
  throw new NightcapError(
    "InvalidParameter",
    "destination.port is missing: protocol Tcp needs one",
  );
}

function destinationOf(
  { destination, preferredIPVersion }: ConnectivityRequest,
  other: DiagnosedMachine | null,
): Destination {
  const { address, port = null } = destination;
  if ((address === undefined) === (other === null)) {
    throw new NightcapError(
      "InvalidParameter",
      "destination: either resourceId or address expected",
    );
  }
  if (other !== null) {
    return { name: addressOf(other, preferredIPVersion), port, scheme: null, path: "/" };
  }
  const found = readAddress(address ?? "", port);
  if (preferredIPVersion === undefined || isIP(found.name) === versions[preferredIPVersion])
    return found;
  throw new NightcapError(
    "InvalidParameter",
    `preferredIPVersion ${preferredIPVersion} is not supported for the address "${found.name}": the host's resolver chooses`,
  );
}

const versions = { IPv4: 4, IPv6: 6 } as const;

function addressOf(machine: DiagnosedMachine, preferred: keyof typeof versions = "IPv4"): string {
  const all = machine.interfaces.flatMap(({ addresses }) => addresses);
  const found = all.find((address) => isIP(address) === versions[preferred]) ?? all[0];
  if (found !== undefined) return found;
  throw new NightcapError("InvalidParameter", `destination ${machine.id} has no address`);
}

/** An address, a name, or a URL. */
function readAddress(text: string, port: number | null): Destination {
  const name = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?$/;
  if (isIP(text) !== 0 || name.test(text)) return { name: text, port, scheme: null, path: "/" };
  const url = URL.canParse(text) ? new URL(text) : null;
  const host = url?.hostname.replace(/^\[(.*)\]$/, "$1") ?? "";
  const isPlain = url?.username === "" && url.password === "";
  if (url && isPlain && /^https?:$/.test(url.protocol) && (isIP(host) !== 0 || name.test(host))) {
    const scheme = url.protocol === "https:" ? "https" : "http";
    const own = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
    return { name: host, port: port ?? own, scheme, path: `${url.pathname}${url.search}` };
  }
  throw new NightcapError(
    "InvalidParameter",
    `destination.address "${text.slice(0, 200)}" is not an IP address, a host name or an http(s) URL without credentials`,
  );
}
