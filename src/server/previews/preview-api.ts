import { z } from "zod";
import { compileFilters, type FieldProblem, filterProblems } from "../../arm/capture-filter.ts";
import {
  packetCaptureFilters,
  packetCaptureProperties,
  type PacketCaptureRequest,
} from "../../arm/packet-capture.ts";
import { NightcapError } from "../../common/errors.ts";
import { hostsOfTarget } from "../../provider/captures/capture-target.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import type { UsageView } from "../retention/usage.ts";
import { type HostPreview, type PreviewHub, previewHost, viewedHost } from "./preview-host.ts";

/** Of a scale set, so many hosts are asked. */
const askedHostCountMax = 8;
const problemCountMax = 100;

export interface PreviewApiOptions {
  state: State;
  hub: PreviewHub;
  usage(): Promise<Pick<UsageView, "total" | "refused">>;
}

const viewedPreview = z.object({
  bpf: z.string().nullable().describe("What the filters become; null: they are at fault"),
  compiles: z.boolean().nullable().describe("Whether libpcap on the hosts takes it"),
  problem: z.string().nullable(),
  problems: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .describe("By the path below `properties`"),
  hosts: z.array(viewedHost),
  hostsLeftOut: z.int().describe("Hosts that would record and were not asked, being many"),
  storage: z
    .object({
      freeBytes: z.number().nullable(),
      sizeBytes: z.number(),
      quotaBytes: z.number().nullable(),
    })
    .describe("Of the control plane's own store"),
});
export type CapturePreview = z.output<typeof viewedPreview>;

const wantedCapture = z
  .object({ properties: z.record(z.string(), z.unknown()) })
  .describe("A packet capture as its PUT has it");

/** Looks at a capture that somebody is writing; nothing is made. */
export const previewRoutes = (options: PreviewApiOptions): ApiRoute[] => [
  route(
    {
      method: "POST",
      path: "/nightcap/v1/capture-previews",
      summary:
        "What a capture would record: its filter, what the rings hold for it, the room for it",
      body: wantedCapture,
      answers: { 200: { description: "Problems are in the answer too", json: viewedPreview } },
    },
    async ({ body }) => ({ status: 200, body: await makePreview(options, body.properties) }),
  ),
];

async function makePreview(
  options: PreviewApiOptions,
  wanted: Record<string, unknown>,
): Promise<CapturePreview> {
  const parsed = packetCaptureProperties.safeParse(wanted);
  const problems = parsed.success ? [] : parsed.error.issues.slice(0, problemCountMax).map(issueOf);
  const filters = filtersOf(parsed.data, wanted);
  if (filters) problems.push(...filterProblems(filters));
  const isUsable = filters !== null && filterProblems(filters).length === 0;
  const found = await findHosts(options.state, parsed.data, problems);
  const asked = found.slice(0, askedHostCountMax);
  const hosts =
    isUsable && parsed.success
      ? await Promise.all(asked.map((host) => previewHost(options.hub, host, parsed.data)))
      : [];
  const { total } = await options.usage();
  return {
    bpf: isUsable ? compileFilters(filters) : null,
    ...verdictOf(hosts),
    problems,
    hosts,
    hostsLeftOut: found.length - asked.length,
    storage: {
      freeBytes: total.freeDiskBytes,
      sizeBytes: total.sizeBytes,
      quotaBytes: total.quotaBytes,
    },
  };
}

const issueOf = ({ path, message }: z.core.$ZodIssue): FieldProblem => ({
  field: path.join(".").replaceAll(/\.(\d+)(?=\.|$)/g, "[$1]"),
  message,
});

/** The filters are looked at also while another field is at fault. */
function filtersOf(
  parsed: PacketCaptureRequest | undefined,
  properties: Record<string, unknown>,
): PacketCaptureRequest["filters"] | null {
  if (parsed) return parsed.filters;
  const alone = packetCaptureFilters.safeParse(properties["filters"]);
  return alone.success ? alone.data : null;
}

async function findHosts(
  state: State,
  request: PacketCaptureRequest | undefined,
  problems: FieldProblem[],
): Promise<{ hostId: string; name: string }[]> {
  if (!request) return [];
  try {
    return (await hostsOfTarget(state, request)).map(({ hostId, instanceId, targetId }) => ({
      hostId,
      name: instanceId ?? targetId.slice(targetId.lastIndexOf("/") + 1),
    }));
  } catch (error) {
    if (!(error instanceof NightcapError)) throw error;
    const field = error.message.startsWith("scope") ? "scope" : "target";
    problems.push({ field, message: error.message });
    return [];
  }
}

function verdictOf(hosts: readonly HostPreview[]): Pick<CapturePreview, "compiles" | "problem"> {
  const answered = hosts.filter(({ compiles }) => compiles !== null);
  const refused = answered.find(({ compiles }) => compiles === false);
  if (refused) return { compiles: false, problem: refused.problem };
  return { compiles: answered.length > 0 ? true : null, problem: null };
}
