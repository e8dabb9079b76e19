// The protocols of links and networks, up to TCP, UDP and their kin: one line each. They are all that an inspection
// at depth `transport` loads.
import { ethernet } from "./link/ethernet.ts";
import { gre } from "./network/gre.ts";
import { icmp, icmpv6 } from "./network/icmp.ts";
import { ipv4 } from "./network/ipv4.ts";
import { ipv6 } from "./network/ipv6.ts";
import { etherTypeNames } from "./link/ether-type-names.ts";
import { arp } from "./link/arp.ts";
import { cfm } from "./link/cfm.ts";
import { juniperLinks } from "./link/juniper.ts";
import { linkNames } from "./link/link-names.ts";
import { etherCat, fcoe, profinet } from "./link/industrial-ethernet.ts";
import * as leaves from "./leaves.ts";
import { linuxCooked, linuxCooked2 } from "./link/linux-cooked.ts";
import { mpls } from "./link/mpls.ts";
import { nullLoopback } from "./link/null-loopback.ts";
import { cHdlc, ppp, pppoeSession, pppWithDirection } from "./link/ppp.ts";
import { rawIp } from "./link/raw-ip.ts";
import { sctp } from "./transport/sctp.ts";
import { dccp, udpLite } from "./transport/datagram-kin.ts";
import { l2tp, l2tpOverIp } from "./network/l2tp.ts";
import {
  authenticationHeader,
  etherIp,
  ethernetOverIp,
  igmp,
  ipComp,
  mplsOverIp,
  pgm,
  pim,
} from "./network/tunnels.ts";
import { tazmen } from "./network/udp-tunnels.ts";
import { ipx } from "./network/ipx.ts";
import { aarp, ddp, llap } from "./network/appletalk.ts";
import { arcnet, arcnetLinux } from "./link/arcnet.ts";
import { eapol } from "./link/eapol.ts";
import { enc, nflog, pflog } from "./link/firewall.ts";
import { frameRelay } from "./link/frame-relay.ts";
import { fddi, tokenRing } from "./link/rings.ts";
import { ipoib, pktap, ppi, userLinkTypes } from "./link/wrapped.ts";
import { lacp, slow } from "./link/slow.ts";
import { loopbackTest } from "./link/loopback-test.ts";
import { macsec } from "./link/macsec.ts";
import { mstp, mtp2, mtp2WithHeader } from "./link/serial.ts";
import { mtp3, sccp } from "./voice/signalling.ts";
import { wpan, wpanNonAsk, wpanTap, wpanWithoutCheck } from "./link/wpan.ts";
import { backboneService, ciscoMetadata, etag, hsr, redundancyTag, vntag } from "./link/tags.ts";
import { register } from "./registry.ts";
import { tcp } from "./transport/tcp.ts";
import { udp } from "./transport/udp.ts";
import { serviceVlan, vlan } from "./link/vlan.ts";
import { radiotap, wlan, wlanCard } from "./link/wlan.ts";

// Link layers
register(ethernet);
register(linuxCooked);
register(linuxCooked2);
register(nullLoopback);
register(rawIp);
register(ppp);
register(pppWithDirection);
register(cHdlc);
register(radiotap);
register(wlan);
register(wlanCard);
for (const link of [arcnet, arcnetLinux, fddi, tokenRing, frameRelay, llap, mstp]) register(link);
for (const link of [...linkNames, ...juniperLinks]) register(link);
for (const link of [mtp2, mtp2WithHeader, mtp3, sccp]) register(link);
for (const link of [wpan, wpanNonAsk, wpanTap, wpanWithoutCheck]) register(link);
for (const link of [enc, nflog, pflog, ipoib, ppi, pktap, ...userLinkTypes]) register(link);
// Above them
for (const name of etherTypeNames) register(name);
for (const machine of [profinet, etherCat, fcoe]) register(machine);
for (const tag of [backboneService, ciscoMetadata, etag, hsr, redundancyTag, vntag]) register(tag);
for (const control of [arp, cfm, eapol, lacp, slow, loopbackTest, macsec]) register(control);
for (const network of [ipx, aarp, ddp]) register(network);
register(vlan);
register(serviceVlan);
register(mpls);
register(pppoeSession);
register(ipv4);
register(ipv6);
// Above IP
register(gre);
register(icmp);
register(icmpv6);
register(tcp);
register(udp);
for (const kin of [udpLite, dccp, sctp]) register(kin);
for (const tunnel of [authenticationHeader, etherIp, ethernetOverIp, ipComp, mplsOverIp])
  register(tunnel);
for (const group of [igmp, pim, pgm, l2tp, l2tpOverIp]) register(group);
// Sniffed packets, and protocols that carry nothing that is dissected
register(tazmen);
for (const leaf of Object.values(leaves)) register(leaf);

export { dissectLinkType, register } from "./registry.ts";
