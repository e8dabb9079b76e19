// Every protocol that Nightcap dissects: one line each.
import { mysql, pgsql } from "./databases.ts";
import { dns, llmnr, mdns } from "./dns.ts";
import { kerberos, ldap } from "./directory.ts";
import { dtls } from "./dtls.ts";
import { ethernet } from "./ethernet.ts";
import { gre } from "./gre.ts";
import { gtp } from "./gtp.ts";
import { http } from "./http.ts";
import { icmp, icmpv6 } from "./icmp.ts";
import { ipv4 } from "./ipv4.ts";
import { ipv6 } from "./ipv6.ts";
import * as leaves from "./leaves.ts";
import { linuxCooked, linuxCooked2 } from "./linux-cooked.ts";
import { dnp3, modbus, tpkt } from "./industrial.ts";
import { mqtt } from "./messaging.ts";
import { mpls } from "./mpls.ts";
import { nullLoopback } from "./null-loopback.ts";
import { geneve, vxlan } from "./overlays.ts";
import { cHdlc, ppp, pppoeSession } from "./ppp.ts";
import { quic } from "./quic.ts";
import { rawIp } from "./raw-ip.ts";
import { register } from "./registry.ts";
import { tcp } from "./tcp.ts";
import { tls } from "./tls.ts";
import { udp } from "./udp.ts";
import { udpEncapsulation } from "./udp-encapsulation.ts";
import { bgp } from "./routing.ts";
import { sip } from "./sip.ts";
import { nbdgm, nbss } from "./smb.ts";
import { smtp } from "./smtp.ts";
import { stun } from "./stun.ts";
import { serviceVlan, vlan } from "./vlan.ts";
import { radiotap, wlan } from "./wlan.ts";

// Link layers
register(ethernet);
register(linuxCooked);
register(linuxCooked2);
register(nullLoopback);
register(rawIp);
register(ppp);
register(cHdlc);
register(radiotap);
register(wlan);
// Above them
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
// Protocols that carry nothing that is dissected
for (const leaf of Object.values(leaves)) register(leaf);
// Networks inside UDP
register(vxlan);
register(geneve);
register(gtp);
register(udpEncapsulation);
// Applications; those whose content is asked first come first
register(tls);
register(http);
register(dns);
register(mdns);
register(llmnr);
register(mqtt);
register(mysql);
register(pgsql);
register(bgp);
register(modbus);
register(dnp3);
register(tpkt);
register(smtp);
register(nbss);
register(nbdgm);
register(ldap);
register(kerberos);
register(sip);
register(stun);
register(dtls);
register(quic);

export { dissectLinkType } from "./registry.ts";
