// Headers that tell the link type of the packet behind them.
import { uint16, uint16In, uint32In } from "../../file/bytes.ts";
import { dissectEtherType, dissectLinkType, type Protocol } from "../registry.ts";

const ppiHeaderSizeBytes = 8;

/** CACE's per-packet information: a length, the link type, and fields of whatever was measured. */
export const ppi: Protocol = {
  name: "ppi",
  linkTypes: [192],
  dissect(frame, at) {
    frame.enter("ppi", at);
    if (!frame.has(at, ppiHeaderSizeBytes)) return;
    const size = uint16In(frame.bytes, at + 2, true);
    const linkType = uint32In(frame.bytes, at + 4, true);
    if (size < ppiHeaderSizeBytes || !frame.has(at, size)) return;
    if (linkType === 105) frame.enter("wlan_radio", at);
    dissectLinkType(frame, at + size, linkType);
  },
};

const pktapHeaderSizeMin = 108;

/** Apple's: the interface, the process, and the link type. */
export const pktap: Protocol = {
  name: "pktap",
  linkTypes: [258],
  dissect(frame, at) {
    frame.enter("pktap", at);
    if (!frame.has(at, pktapHeaderSizeMin)) return;
    const size = uint32In(frame.bytes, at, true);
    const linkType = uint32In(frame.bytes, at + 8, true);
    if (size < pktapHeaderSizeMin || !frame.has(at, size)) return;
    dissectLinkType(frame, at + size, linkType);
  },
};

const userLinkTypeFirst = 147;
const userLinkTypeCount = 16;
const userPktap = 149;

/** Link types that everyone may use; the third one is where Apple's began. */
export const userLinkTypes: readonly Protocol[] = Array.from(
  { length: userLinkTypeCount },
  (_, index) => ({
    name: "user_dlt",
    linkTypes: [userLinkTypeFirst + index],
    dissect(frame, at) {
      frame.enter("user_dlt", at);
      if (userLinkTypeFirst + index === userPktap) pktap.dissect?.(frame, at);
      else frame.data(at);
    },
  }),
);

const globalRouteSizeBytes = 40;

/** RFC 4391: InfiniBand's global route, then an EtherType and two reserved bytes. */
export const ipoib: Protocol = {
  name: "ipoib",
  linkTypes: [242],
  dissect(frame, at) {
    frame.enter("ipoib", at);
    const next = at + globalRouteSizeBytes;
    if (frame.has(at, globalRouteSizeBytes + 4))
      dissectEtherType(frame, next + 4, uint16(frame.bytes, next));
  },
};
