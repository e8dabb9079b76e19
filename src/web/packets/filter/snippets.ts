import type { Offer } from "./completion.ts";

const snippet = (text: string, name: string): Offer => ({
  kind: "snippet",
  text,
  type: "",
  description: `displayFilter.snippet.${name}`,
});

/** Questions that are asked often: where nothing is written yet, they show what the language can do. */
export const snippets: readonly Offer[] = [
  snippet("tcp.flags.syn == 1 && tcp.flags.ack == 0", "opening"),
  snippet("tcp.flags.reset == 1", "reset"),
  snippet("tcp.analysis.retransmission", "retransmission"),
  snippet("tcp.analysis.zero_window", "zeroWindow"),
  snippet("http.request", "httpRequest"),
  snippet("http.response.code >= 400", "httpError"),
  snippet("dns.flags.response == 0", "dnsQuestion"),
  snippet("dns.flags.rcode != 0", "dnsError"),
  snippet("tls.handshake.type == 1", "clientHello"),
  snippet("icmp || icmpv6", "icmp"),
  snippet("arp || dhcp", "local"),
  snippet("frame.len > 1400", "large"),
];
