import { blockIdOf, describeBlock, readBlock } from "../../block/block.ts";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { machineRecords } from "../../provider/compute/machines.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { State } from "../../state/state.ts";
import { blockRequest } from "./block-request.ts";
import type { BlockHost, BlockRecord } from "./block-store.ts";
import { viewBlock, viewBlocks } from "./block-view.ts";
import type { Blocks } from "./blocks.ts";

export interface BlocksApiOptions {
  state: State;
  blocks: Blocks;
  clock: Clock;
  resourceIdOf(name: string): string;
}

/** Who asks, and a place for what the audit should say of it. */
export interface Asking {
  caller: Caller;
  note(detail: string): void;
}

interface FoundHost {
  hostId: string;
  name: string;
}

const hostPath = /^\/nightcap\/v1\/hosts\/([^/]+)\/blocks(?:\/([^/]+))?$/;

/** `/nightcap/v1/blocks` and `/nightcap/v1/hosts/NAME/blocks`; null for other paths. */
export function createBlocksApi(
  options: BlocksApiOptions,
): (request: Request, asking: Asking) => Promise<Response | null> {
  return async (request, asking) => {
    const { pathname } = requestUrl(request);
    if (pathname === "/nightcap/v1/blocks" && request.method === "GET") return listAll(options);
    const [, name, blockId] = hostPath.exec(pathname) ?? [];
    if (name === undefined) return null;
    const host = await findHost(options, decodeURIComponent(name));
    if (blockId === undefined && request.method === "GET") return listOne(options, host);
    if (blockId === undefined && request.method === "POST")
      return create(options, host, { request, asking });
    if (blockId !== undefined && request.method === "DELETE")
      return remove(options, host, { blockId: decodeURIComponent(blockId), asking });
    return null;
  };
}

async function listAll({ state, blocks, clock }: BlocksApiOptions): Promise<Response> {
  const machines = await machineRecords(state).list();
  const names = new Map(machines.map(({ body }) => [body.hostId, nameOf(body.resourceId)]));
  const hosts = await blocks.list();
  const value = hosts.flatMap((host) =>
    viewBlocks(host, names.get(host.hostId) ?? host.hostId, clock.now()),
  );
  return jsonResponse(200, { value });
}

async function listOne({ blocks, clock }: BlocksApiOptions, host: FoundHost): Promise<Response> {
  const found = await blocks.look(host.hostId);
  const observed = found?.observed ?? null;
  return jsonResponse(200, {
    value: found ? viewBlocks(found, host.name, clock.now()) : [],
    host: observed && {
      allowed: observed.allowed,
      durationSecondsMax: observed.durationSecondsMax,
      blockCountMax: observed.blockCountMax,
      error: observed.error,
    },
  });
}

async function create(
  options: BlocksApiOptions,
  host: FoundHost,
  { request, asking }: { request: Request; asking: Asking },
): Promise<Response> {
  const wanted = parseContent(blockRequest, await readJson(request));
  const { durationSeconds, force, dryRun, reason, finding } = wanted;
  asking.note(`${wanted.direction} ${wanted.address} ${wanted.port ?? ""}`.trim());
  const block = readBlock(wanted);
  const id = blockIdOf(block);
  const said = [describeBlock(block), `for ${durationSeconds} s`];
  if (force) said.push("forced");
  if (dryRun) said.push("dry run");
  if (finding !== null) said.push(`finding ${finding}`);
  if (reason !== null) said.push(`reason: ${reason}`);
  asking.note(said.join(", "));
  const remainingMilliseconds = durationSeconds * 1_000;
  const spec = { blockId: id, remainingMilliseconds, force };
  const script = await options.blocks.check(host.hostId, spec);
  const now = options.clock.now();
  const { id: callerId, name } = asking.caller;
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
  if (dryRun) return jsonResponse(200, { dryRun: true, ...viewBlock(record, null, place), script });
  const made = await options.blocks.put(host.hostId, record);
  return jsonResponse(made.isNew ? 201 : 200, viewBlock(record, made.host.observed, place));
}

async function remove(
  { blocks }: BlocksApiOptions,
  host: FoundHost,
  { blockId, asking }: { blockId: string; asking: Asking },
): Promise<Response> {
  asking.note(blockId);
  const left = await blocks.remove(host.hostId, blockId);
  if (!left) throw new NightcapError("ResourceNotFound", `${host.name} has no block ${blockId}`);
  return jsonResponse(200, { id: blockId, host: host.name, state: stateAfter(left, blockId) });
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
