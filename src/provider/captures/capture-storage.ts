import type { PacketCaptureRequest } from "../../arm/packet-capture.ts";
import { parseResourceId } from "../../arm/resource-id.ts";
import { NightcapError } from "../../common/errors.ts";
import type { State } from "../../state/state.ts";
import { storageAccountType } from "../compute/machines.ts";
import type { PacketCaptureOptions } from "./capture-options.ts";
import type { CaptureMember, CaptureTarget } from "./capture-target.ts";

/** Where a packet capture is stored. */
export interface CaptureStorage {
  /** What the resource says; empty when nothing is uploaded. */
  storagePath: string;
  /** The blob of one host. */
  pathOf(member: CaptureMember): string;
}

/**
 * The blob that the request names, else Azure's own layout; several hosts have one each. A scale set's
 * captures lie under its instances, and the resource names the folder of all of them.
 */
export async function chooseStorage(
  state: State,
  parts: {
    request: PacketCaptureRequest;
    target: CaptureTarget;
    options: PacketCaptureOptions;
    time: number;
  },
): Promise<CaptureStorage> {
  const { request, target, time } = parts;
  const { storageId, storagePath } = request.storageLocation;
  if (storageId === undefined) return { storagePath: "", pathOf: () => "" };
  const blobEndpoint = await findBlobEndpoint(state, storageId);
  if (storagePath !== undefined) {
    checkBlob(storagePath, blobEndpoint);
    return { storagePath, pathOf: ({ instanceId }) => blobOf(storagePath, instanceId) };
  }
  const pathOf = ({ targetId }: CaptureMember): string =>
    parts.options.makeStoragePath({ blobEndpoint, targetId, time });
  const [first] = target.members;
  if (!first) return { storagePath: "", pathOf };
  const path = pathOf(first);
  if (first.instanceId === null) return { storagePath: path, pathOf };
  const folder = path.slice(0, path.lastIndexOf(`/${first.instanceId.toLowerCase()}/`) + 1);
  return { storagePath: folder, pathOf };
}

/** `a.cap` becomes `a_web-1.cap`, so that the hosts of a scale set do not write one blob. */
const blobOf = (storagePath: string, instanceId: string | null): string =>
  instanceId === null
    ? storagePath
    : `${storagePath.slice(0, -".cap".length)}_${instanceId.toLowerCase()}.cap`;

async function findBlobEndpoint(state: State, storageId: string): Promise<string> {
  const { id, type } = parseResourceId(storageId);
  const isAccount = type.toLowerCase() === storageAccountType.toLowerCase();
  const account = isAccount ? await state.resources.get(id) : null;
  const properties = account?.body["properties"] as
    | { primaryEndpoints?: { blob?: string } }
    | undefined;
  const endpoint = properties?.primaryEndpoints?.blob;
  if (endpoint !== undefined) return endpoint;
  throw new NightcapError(
    "InvalidParameter",
    `storageId "${storageId}" is not a storage account that is known here; list them with GET /subscriptions/ID/providers/${storageAccountType}`,
  );
}

/** A blob below the account, by a plain URL: no query, no dot segments, a container and a name. */
function checkBlob(storagePath: string, blobEndpoint: string): void {
  const rest = storagePath.slice(blobEndpoint.length);
  if (storagePath.startsWith(blobEndpoint) && URL.canParse(storagePath)) {
    const { href, search, hash } = new URL(storagePath);
    const isPlain = href === storagePath && !search && !hash;
    if (isPlain && /^[a-z0-9-]{3,63}\/.+\.cap$/.test(rest)) return;
  }
  throw new NightcapError(
    "InvalidParameter",
    `storagePath "${storagePath}" is not allowed: a URL "${blobEndpoint}CONTAINER/NAME.cap" expected, or leave it out`,
  );
}
