import { wordsPerAddress } from "./address-words.ts";

/** State of a flow in one record: begun, continuing, ended, or denied. */
export const flowStates = ["B", "C", "E", "D"] as const;

/** I and O as they are written; the row holds the index. */
export const flowDirections = ["Inbound", "Outbound"] as const;

/** How a VNet flow log writes the encryption of a flow; "" where the format has none. */
export const encryptionCodes = [
  "",
  "X",
  "NX",
  "NX_HW_NOT_SUPPORTED",
  "NX_SW_NOT_READY",
  "NX_NOT_ACCEPTED",
  "NX_NOT_SUPPORTED",
  "NX_LOCAL_DST",
  "NX_FALLBACK",
] as const;

/** What the tuples of one rule in one record share. */
export interface FlowOrigin {
  /** 1 and 2: NSG flow logs; 4: VNet flow logs. */
  readonly version: 1 | 2 | 4;
  /** The flow log's resource id, or the NSG's for NSG flow logs, as written. */
  readonly flowLogId: string;
  /** The virtual network, subnet, network interface or NSG that is logged, as written. */
  readonly targetId: string;
  /** Twelve upper-case hexadecimal digits; "" when the record has none. */
  readonly macAddress: string;
  /** The NSG's id or GUID, as written; "" when there is none. */
  readonly aclId: string;
  readonly rule: string;
}

/**
 * Tuples of flow logs as columns: filled by a reader, classified, written to the table, and used again.
 * Row `i` is the element `i` of each column, but four elements for an address and two for a counter.
 */
export interface FlowBatch {
  readonly capacity: number;
  length: number;
  /** Unix time, milliseconds. */
  readonly time: Float64Array;
  /** Four 32-bit words a row, network order of words; an IPv4 address is `::ffff:a.b.c.d`. */
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  readonly sourcePort: Uint16Array;
  readonly destinationPort: Uint16Array;
  /** IANA's protocol number. */
  readonly protocol: Uint8Array;
  /** Index into `flowDirections`. */
  readonly direction: Uint8Array;
  /** Index into `flowStates`. */
  readonly state: Uint8Array;
  /** Index into `encryptionCodes`. */
  readonly encryption: Uint8Array;
  /** Since the flow's last record; exact up to 2^53. */
  readonly packetsToDestination: Float64Array;
  readonly bytesToDestination: Float64Array;
  readonly packetsToSource: Float64Array;
  readonly bytesToSource: Float64Array;
  /** Index into `origins`. */
  readonly origin: Uint32Array;
  readonly origins: FlowOrigin[];
}

/** `Memory` is what its columns lie in: threads can read one batch at a time together when it is shared. */
export function createFlowBatch(
  capacity: number,
  Memory: ArrayBufferConstructor | SharedArrayBufferConstructor = ArrayBuffer,
): FlowBatch {
  const bytes = () => new Uint8Array(new Memory(capacity));
  const numbers = () => new Float64Array(new Memory(capacity * 8));
  const addresses = () => new Uint32Array(new Memory(capacity * 4 * wordsPerAddress));
  return {
    capacity,
    length: 0,
    time: numbers(),
    source: addresses(),
    destination: addresses(),
    sourcePort: new Uint16Array(new Memory(capacity * 2)),
    destinationPort: new Uint16Array(new Memory(capacity * 2)),
    protocol: bytes(),
    direction: bytes(),
    state: bytes(),
    encryption: bytes(),
    packetsToDestination: numbers(),
    bytesToDestination: numbers(),
    packetsToSource: numbers(),
    bytesToSource: numbers(),
    origin: new Uint32Array(new Memory(capacity * 4)),
    origins: [],
  };
}
