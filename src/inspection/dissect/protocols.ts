// Every protocol that Nightcap dissects: one line each.
import { mysql, pgsql, tds } from "./data/databases.ts";
import { dns, dnsOnAnyPort, llmnr, mdns } from "./web/dns.ts";
import { kerberos } from "./files/kerberos.ts";
import { ldap } from "./files/ldap.ts";
import { dcerpc } from "./remote/dcerpc.ts";
import { oncRpc } from "./remote/onc-rpc.ts";
import { rdp, rdpUdp, tpkt } from "./remote/tpkt.ts";
import { ssh } from "./remote/ssh.ts";
import { vnc } from "./remote/vnc.ts";
import { dtls } from "./web/dtls.ts";
import { ethernet } from "./link/ethernet.ts";
import { gre } from "./network/gre.ts";
import { gtp } from "./network/gtp.ts";
import { http } from "./web/http.ts";
import { icmp, icmpv6 } from "./network/icmp.ts";
import { ipv4 } from "./network/ipv4.ts";
import { ipv6 } from "./network/ipv6.ts";
import { datagramNames } from "./datagram-names.ts";
import { datagramSigns } from "./datagram-signs.ts";
import * as datagramHeuristics from "./datagram-heuristics.ts";
import { isakmp } from "./operation/isakmp.ts";
import { rmcp } from "./operation/rmcp.ts";
import { tftp } from "./operation/tftp.ts";
import { etherTypeNames } from "./link/ether-type-names.ts";
import { arp } from "./link/arp.ts";
import { cfm } from "./link/cfm.ts";
import { juniperLinks } from "./link/juniper.ts";
import { linkNames } from "./link/link-names.ts";
import { etherCat, fcoe, profinet } from "./link/industrial-ethernet.ts";
import * as udpTunnels from "./network/udp-tunnels.ts";
import { imap } from "./mail/imap.ts";
import { pop } from "./mail/pop.ts";
import { finger, whois } from "./operation/lookups.ts";
import { socks } from "./remote/socks.ts";
import { streamNames } from "./stream-names.ts";
import { iec104 } from "./control/iec104.ts";
import { openflow } from "./control/openflow.ts";
import { amqp } from "./data/amqp.ts";
import { cql } from "./data/cql.ts";
import { resp } from "./data/resp.ts";
import { smpp } from "./data/smpp.ts";
import { git } from "./files/git.ts";
import { btDht } from "./peer/bt-dht.ts";
import { bitcoin } from "./peer/bitcoin.ts";
import { bittorrent } from "./peer/bittorrent.ts";
import { acap, kismet, xmpp } from "./remote/printable.ts";
import { ftp } from "./files/ftp.ts";
import { ftpData } from "./files/ftp-data.ts";
import * as leaves from "./leaves.ts";
import { linuxCooked, linuxCooked2 } from "./link/linux-cooked.ts";
import { dnp3, modbus } from "./control/industrial.ts";
import { mqtt } from "./data/messaging.ts";
import { mpls } from "./link/mpls.ts";
import { nullLoopback } from "./link/null-loopback.ts";
import { geneve, vxlan } from "./network/overlays.ts";
import { cHdlc, ppp, pppoeSession, pppWithDirection } from "./link/ppp.ts";
import { gquic } from "./web/gquic.ts";
import { quic } from "./web/quic.ts";
import { rawIp } from "./link/raw-ip.ts";
import { radius } from "./operation/radius.ts";
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
import { tls } from "./web/tls.ts";
import { udp } from "./transport/udp.ts";
import { udpEncapsulation } from "./network/udp-encapsulation.ts";
import { bgp } from "./network/routing.ts";
import { rtsp } from "./voice/rtsp.ts";
import { openVpn } from "./network/openvpn.ts";
import { capwapControl, capwapData } from "./link/capwap.ts";
import { diameter } from "./operation/diameter.ts";
import { gprsNetworkService } from "./voice/gprs.ts";
import { sap } from "./voice/sap.ts";
import { h323, skinny } from "./voice/h323.ts";
import { iax2 } from "./voice/iax2.ts";
import { rtcp } from "./voice/rtcp.ts";
import { sip } from "./voice/sip.ts";
import { nbdgm, nbss } from "./files/netbios.ts";
import { smtp } from "./mail/smtp.ts";
import { stun } from "./voice/stun.ts";
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
// Protocols that carry nothing that is dissected
for (const name of [...datagramNames, ...datagramSigns]) register(name);
for (const leaf of Object.values(leaves)) register(leaf);
for (const name of streamNames) register(name);
// Running a network
for (const control of [radius, rmcp, tftp, diameter, isakmp]) register(control);
for (const tunnel of [openVpn, capwapControl, capwapData]) register(tunnel);
// Networks inside UDP
register(vxlan);
register(geneve);
register(gtp);
register(udpEncapsulation);
for (const tunnel of Object.values(udpTunnels)) register(tunnel);
// Applications; those whose content is asked first come first
register(tls);
register(http);
register(dns);
register(mdns);
register(llmnr);
register(mqtt);
register(mysql);
register(pgsql);
register(tds);
register(bgp);
register(modbus);
register(dnp3);
register(tpkt);
register(rdp);
register(rdpUdp);
register(smtp);
register(ftp);
register(ftpData);
for (const named of [iec104, openflow, amqp, cql, resp, git, bittorrent, bitcoin, btDht, smpp])
  register(named);
for (const text of [acap, kismet, xmpp]) register(text);
for (const text of [imap, pop, finger, whois, socks]) register(text);
register(nbss);
register(nbdgm);
register(ldap);
register(kerberos);
register(sip);
register(rtsp);
for (const call of [sap, h323, skinny, iax2]) register(call);
register(gprsNetworkService);
register(stun);
register(rtcp);
register(dtls);
register(quic);
register(gquic);
register(dcerpc);
for (const protocol of Object.values(datagramHeuristics)) register(protocol);
register(oncRpc);
register(ssh);
register(vnc);
register(dnsOnAnyPort);

export { dissectLinkType, registeredProtocols } from "./registry.ts";
