import { z } from "zod";
import { blockIdOf, describeBlock, readBlock } from "../../block/block.ts";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { machineRecords } from "../../provider/compute/machines.ts";
import type { State } from "../../state/state.ts";
import { type ApiRoute, type Asking, route } from "../openapi/route.ts";
import { listOf } from "../openapi/shapes.ts";
import { blockRequest } from "./block-request.ts";
import type { BlockHost, BlockRecord } from "./block-store.ts";
import { viewBlock, viewBlocks, viewedBlock } from "./block-view.ts";
import type { Blocks } from "./blocks.ts";

export interface BlocksApiOptions {
  state: State;
  blocks: Blocks;
  clock: Clock;
  resourceIdOf(name: string): string;
}

interface FoundHost {
  hostId: string;
  name: string;
}

const path = "/nightcap/v1/hosts/{name}/blocks";
const dryRunView = viewedBlock.extend({
  dryRun: z.literal(true),
  script: z.string().describe("What the host would give to nft"),
});
const hostLimits = z.object({
  allowed: z.boolean(),
  durationSecondsMax: z.int(),
  blockCountMax: z.int(),
  error: z.string().nullable(),
});

/** What hosts refuse for a time, with their kernels' counters. */
export const blockRoutes = (options: BlocksApiOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: "/nightcap/v1/blocks",
      summary: "What hosts refuse for a time, with the kernel's counters",
      answers: { 200: { description: "Of every host", json: listOf(viewedBlock) } },
    },
    () => listAll(options),
  ),
  route(
    {
      method: "GET",
      path,
      summary: "The blocks of a host, and what the host allows",
      errors: ["ResourceNotFound"],
      answers: {
        200: {
          description: "The blocks that have not ended",
          json: listOf(viewedBlock).extend({ host: hostLimits.nullable() }),
        },
      },
    },
    async ({ params }) => listOne(options, await findHost(options, params.name)),
  ),
  route(
    {
      method: "POST",
      path,
      summary: "Lets a host refuse an address for a time",
      errors: [
        "InvalidParameter",
        "ResourceNotFound",
        "BlockingNotAllowed",
        "BlockRefused",
        "VMAgentStatusCommunicationError",
      ],
      body: blockRequest,
      answers: {
        200: {
          description: "It was there already, or it is a dry run",
          json: z.union([viewedBlock, dryRunView]),
        },
        201: { description: "Made", json: viewedBlock },
      },
    },
    async (asked) => create(options, await findHost(options, asked.params.name), asked),
  ),
  route(
    {
      method: "DELETE",
      path: `${path}/{id}`,
      summary: "Ends a block",
      errors: ["ResourceNotFound"],
      answers: {
        200: {
          description:
            "`Pending`: the host cannot be reached now; its kernel ends the block in time",
          json: z.object({
            id: z.string(),
            host: z.string(),
            state: z.enum(["Removed", "Pending"]),
          }),
        },
      },
    },
    async ({ params, note }) =>
      remove(options, await findHost(options, params.name), { blockId: params.id, note }),
  ),
];

async function listAll({ state, blocks, clock }: BlocksApiOptions) {
  const machines = await machineRecords(state).list();
  const names = new Map(machines.map(({ body }) => [body.hostId, nameOf(body.resourceId)]));
  const hosts = await blocks.list();
  const value = hosts.flatMap((host) =>
    viewBlocks(host, names.get(host.hostId) ?? host.hostId, clock.now()),
  );
  return { status: 200, body: { value } } as const;
}

async function listOne({ blocks, clock }: BlocksApiOptions, host: FoundHost) {
  const found = await blocks.look(host.hostId);
  const observed = found?.observed ?? null;
  const body = {
    value: found ? viewBlocks(found, host.name, clock.now()) : [],
    host: observed && {
      allowed: observed.allowed,
      durationSecondsMax: observed.durationSecondsMax,
      blockCountMax: observed.blockCountMax,
      error: observed.error,
    },
  };
  return { status: 200, body } as const;
}

async function create(
  options: BlocksApiOptions,
  host: FoundHost,
  { body: wanted, caller, note }: Asking & { body: z.output<typeof blockRequest> },
) {
  const { durationSeconds, force, dryRun, reason, finding } = wanted;
  note(`${wanted.direction} ${wanted.address} ${wanted.port ?? ""}`.trim());
  const block = readBlock(wanted);
  const id = blockIdOf(block);
  const said = [describeBlock(block), `for ${durationSeconds} s`];
  if (force) said.push("forced");
  if (dryRun) said.push("dry run");
  if (finding !== null) said.push(`finding ${finding}`);
  if (reason !== null) said.push(`reason: ${reason}`);
  note(said.join(", "));
  const remainingMilliseconds = durationSeconds * 1_000;
  const spec = { blockId: id, remainingMilliseconds, force };
  const script = await options.blocks.check(host.hostId, spec);
  const now = options.clock.now();
  const { id: callerId, name } = caller;
  const record: BlockRecord = {
    blockId: id,
    endsAt: now + remainingMilliseconds,
    createdAt: now,
    createdBy: { id: callerId, name },
    reason,
    finding,
    force,
  };
  const place = { host: host.name, now };
  if (dryRun) {
    const shown = { dryRun: true, ...viewBlock(record, null, place), script } as const;
    return { status: 200, body: shown } as const;
  }
  const made = await options.blocks.put(host.hostId, record);
  const body = viewBlock(record, made.host.observed, place);
  return made.isNew ? ({ status: 201, body } as const) : ({ status: 200, body } as const);
}

async function remove(
  { blocks }: BlocksApiOptions,
  host: FoundHost,
  { blockId, note }: { blockId: string } & Pick<Asking, "note">,
) {
  note(blockId);
  const left = await blocks.remove(host.hostId, blockId);
  if (!left) throw new NightcapError("ResourceNotFound", `${host.name} has no block ${blockId}`);
  const body = { id: blockId, host: host.name, state: stateAfter(left, blockId) };
  return { status: 200, body } as const;
}

/** `Pending`: the host cannot be reached now; its kernel ends the block in time anyway. */
const stateAfter = ({ observed }: BlockHost, blockId: string): "Removed" | "Pending" =>
  observed?.blocks.some((each) => each.blockId === blockId) ? "Pending" : "Removed";

async function findHost(options: BlocksApiOptions, name: string): Promise<FoundHost> {
  const found = await machineRecords(options.state).get(options.resourceIdOf(name).toLowerCase());
  if (!found) throw new NightcapError("ResourceNotFound", `no host named "${name}" has joined`);
  const { hostId, resourceId } = found.body;
  return { hostId, name: nameOf(resourceId) };
}

const nameOf = (resourceId: string): string => resourceId.slice(resourceId.lastIndexOf("/") + 1);
