import { NightcapError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";
import { namespaceCommand } from "../network-namespace.ts";
import { requireProgram } from "../programs.ts";
import { type BpfInstruction, parseBpf } from "./bpf-program.ts";
import { BpfMachine } from "./bpf-run.ts";

const timeoutMilliseconds = 10_000;
const linkTypeEthernet = 1;
const etherTypeOffset = 12;
const vlanTagSizeBytes = 4;
/** IEEE 802.1Q and 802.1ad. */
const vlanEtherTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8]);

/**
 * The program that libpcap makes of a filter for an interface: the same compiler and the same interface
 * as a recording has, so that both choose the same packets. Throws `CaptureFailed` with dumpcap's words.
 */
export async function compileProgram(
  filter: string,
  interfaceName: string,
  networkNamespace: string | null,
): Promise<BpfInstruction[]> {
  const command = [
    ...(await namespaceCommand(networkNamespace)),
    await requireProgram("dumpcap"),
    "-d",
    `-i${interfaceName}`,
    "-f",
    filter,
  ];
  const [program = "", ...args] = command;
  const { code, stdout, stderr } = await run(program, args, { timeoutMilliseconds });
  const parsed = code === 0 ? parseBpf(stdout) : null;
  if (parsed) return parsed;
  throw new NightcapError(
    "CaptureFailed",
    `cannot compile the capture filter "${filter.slice(0, 200)}" for ${interfaceName}: ${stderr.trim().slice(0, 500)}`,
  );
}

/** Says of each packet of a file whether a live recording with the filter would have taken it. */
export type PacketFilter = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  wireLength: number,
  linkType: number,
) => boolean;

export const everyPacket: PacketFilter = () => true;

/**
 * The filter of a program. The kernel takes the outer VLAN tag off a packet that comes in before it asks
 * the filter, and libpcap puts it back afterwards (packet(7), PACKET_AUXDATA): here it is passed over.
 */
export function packetFilter(program: readonly BpfInstruction[]): PacketFilter {
  const machine = new BpfMachine(program);
  // One view for the many packets of a chunk.
  let chunk: Uint8Array | null = null;
  let view: DataView = new DataView(new ArrayBuffer(0));
  return (bytes, offset, length, wireLength, linkType) => {
    if (bytes !== chunk) {
      chunk = bytes;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const isTagged =
      linkType === linkTypeEthernet &&
      length >= etherTypeOffset + vlanTagSizeBytes + 2 &&
      vlanEtherTypes.has(view.getUint16(offset + etherTypeOffset));
    if (!isTagged) return machine.run(view, offset, length, wireLength) !== 0;
    const untagged = new Uint8Array(length - vlanTagSizeBytes);
    untagged.set(bytes.subarray(offset, offset + etherTypeOffset));
    const rest = offset + etherTypeOffset + vlanTagSizeBytes;
    untagged.set(bytes.subarray(rest, offset + length), etherTypeOffset);
    const size = untagged.length;
    return machine.run(new DataView(untagged.buffer), 0, size, wireLength - vlanTagSizeBytes) !== 0;
  };
}
