import type { PacketView } from "../../file/record.ts";
import type { AddressMapper } from "./address-mapper.ts";
import type { PrivacyPolicy } from "./privacy-policy.ts";
import { HelloTable } from "./tls-hello.ts";
import { trimEthernet, trimEtherType, trimLink, trimMpls } from "./trim-link.ts";
import { trimIpv4, trimIpv6 } from "./trim-network.ts";
import type { TrimState } from "./trim-state.ts";

const firstRoomBytes = 65_536;

/** Takes out of packets what a policy does not leave; they come in the order of the capture. */
export class PacketTrimmer {
  /** Packets of a link type that is not known, of which nothing was kept. */
  packetsEmptied = 0;
  /** Of all packets, before. */
  bytesBefore = 0;
  readonly #state: TrimState;

  constructor({ kind, httpRequestLines }: PrivacyPolicy, mapper: AddressMapper | null) {
    this.#state = {
      bytes: new Uint8Array(firstRoomBytes),
      keepsNames: kind === "keepNames",
      keepsRequestLines: kind === "keepNames" && httpRequestLines === true,
      mapper,
      hellos: new HelloTable(),
      inner: {
        ethernet: trimEthernet,
        etherType: trimEtherType,
        ipv4: trimIpv4,
        ipv6: trimIpv6,
        mpls: trimMpls,
      },
      depth: 0,
      isQuoted: false,
      addressesAt: 0,
      addressesSize: 0,
      addressesBefore: 0,
      addressesAfter: 0,
    };
  }

  /** What is left of the packet that was trimmed last, from the first byte on. */
  get bytes(): Uint8Array {
    return this.#state.bytes;
  }

  /** Gives how many bytes are left of the packet, which itself stays as it is. */
  trim({ bytes, offset, capturedLength, linkType }: PacketView): number {
    const state = this.#state;
    if (state.bytes.length < capturedLength) state.bytes = new Uint8Array(capturedLength);
    state.bytes.set(bytes.subarray(offset, offset + capturedLength));
    state.depth = 0;
    state.isQuoted = false;
    const kept = trimLink(state, capturedLength, linkType);
    this.bytesBefore += capturedLength;
    if (kept < 0) this.packetsEmptied++;
    return Math.max(0, kept);
  }
}
