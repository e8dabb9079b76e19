import type { Confidence } from "./finding.ts";

const shown: Confidence = { level: "certain", reason: "the packets show it" };
const counted: Confidence = {
  level: "certain",
  reason: "counted as Wireshark's sequence analysis counts",
};
const told: Confidence = { level: "certain", reason: "the recording itself says so" };

const entry = (
  confidence: Confidence,
  advice: string,
): { confidence: Confidence; advice: string } => ({ confidence, advice });

/** Every finding there is: how sure it is as a rule, and what to do. `docs/reference/findings.md` explains each. */
export const catalog = {
  "capture-empty": entry(told, "Record longer, or on the interface that carries the traffic."),
  "capture-filter-matched-nothing": entry(
    told,
    "Widen the filter, or record without one for a moment to see what is there.",
  ),
  "capture-packets-dropped": entry(
    told,
    "Narrow the filter, cut packets to their headers, or record on a less busy host.",
  ),
  "capture-file-truncated": entry(
    shown,
    "Get the file again from where it was recorded and compare its hash.",
  ),
  "capture-ended-early": entry(told, "See the agent's log for the time at which it ended."),
  "capture-size-limit": entry(told, "Raise the size limit, or narrow the filter."),
  "capture-packets-cut": entry(
    shown,
    "Record whole packets where what they carry matters; headers are all here.",
  ),
  "inspection-bounded": entry(
    shown,
    "Cut the capture by time or filter and inspect the parts: everything is listed then.",
  ),
  "tcp-retransmissions": entry(
    counted,
    "Look for a full link, a bad cable or a policer on the way; the streams named lost most.",
  ),
  "tcp-retransmission-burst": entry(
    counted,
    "Compare the time with link changes, failovers and queue drops of the devices on the way.",
  ),
  "tcp-zero-window": entry(
    counted,
    "Look at the receiving program, not at the network: it does not read fast enough.",
  ),
  "tcp-resets": entry(
    shown,
    "See which side sends the RST: a program that closes hard, or a firewall that cuts.",
  ),
  "tcp-refused": entry(
    shown,
    "Start the service on that port, or correct the client's address and port.",
  ),
  "tcp-unanswered": entry(
    {
      level: "likely",
      reason: "the SYN left and nothing came back, which the other path may still have carried",
    },
    "Check security groups, firewalls and routes to that address, and whether the host is up.",
  ),
  "tcp-half-open": entry(
    {
      level: "likely",
      reason: "the SYN was accepted and no ACK followed, unless the recording missed it",
    },
    "Many from forged addresses are a SYN flood: use SYN cookies. A few point to an asymmetric route.",
  ),
  "tcp-out-of-order": entry(
    counted,
    "Look for links that share one flow between several paths, packet by packet.",
  ),
  "tcp-one-way": entry(
    {
      level: "likely",
      reason: "one direction is missing, which a one-sided recording would show too",
    },
    "Record where both directions pass, or check the route back.",
  ),
  "tcp-unseen-segments": entry(
    counted,
    "Do not trust gaps in what follows: record with a larger buffer, or on another interface.",
  ),
  "initial-rtt-slow": entry(
    shown,
    "Compare with the distance to the peer; above it, look for a busy link or a slow first server.",
  ),
  "latency-above-median": entry(
    { level: "likely", reason: "measured against all other connections of the same capture" },
    "Look at the way to this peer, and at the peer: the other connections share this end with it.",
  ),
  "syn-repeated": entry(
    shown,
    "Look for loss on the way, or a server whose queue of new connections is full.",
  ),
  "dns-failures": entry(
    shown,
    "Ask the resolver directly (dig @SERVER NAME), and look at its forwarders.",
  ),
  "dns-unanswered": entry(
    {
      level: "likely",
      reason: "no answer came within the capture, though it may have taken another path",
    },
    "Check that port 53 to this resolver is open in both directions, or use another resolver.",
  ),
  "dns-names-not-found": entry(
    shown,
    "Correct the names, or the search domains that are appended to them.",
  ),
  "dns-slow": entry(
    shown,
    "Use a resolver nearer by, or one with a cache; each new connection waits for it first.",
  ),
  "http-errors": entry(shown, "See the server's log for the requests named."),
  "http-slow": entry(
    {
      level: "likely",
      reason: "the request was there and the answer was not, the way to and fro included",
    },
    "Look at the server's program for the requests named: the network had delivered them.",
  ),
  "port-scan-vertical": entry(
    { level: "likely", reason: "many ports of one host, and nearly none gave data" },
    "Find out who runs it. If nobody should, isolate the source and look at what the open ports offer.",
  ),
  "port-scan-horizontal": entry(
    { level: "likely", reason: "one port of many hosts, and nearly none gave data" },
    "Find out who runs it. Worms look like this: isolate the source unless it is a known scanner.",
  ),
  beacon: entry(
    {
      level: "possible",
      reason: "monitoring and updates are as regular as malware that calls home",
    },
    "Find the program that does it (ss -tnp on the host) and whether the destination is one of yours.",
  ),
  "credentials-cleartext": entry(
    shown,
    "Change these passwords, and use the encrypted form of the protocol.",
  ),
  "tls-weak": entry(
    shown,
    "Turn the old versions and ciphers off on the server, and update the client.",
  ),
  "tls-certificate": entry(shown, "Renew or replace the certificate on the server that is named."),
  "policy-protocol": entry(
    { level: "certain", reason: "the payload is the protocol's own" },
    "Find out who needs it; if nobody does, stop it by a rule for Azure or nftables.",
  ),
  "policy-port": entry(
    { level: "certain", reason: "the packets went to this port" },
    "Allow the port in the policy, or stop it by a rule for Azure or nftables.",
  ),
  "policy-destination": entry(
    { level: "certain", reason: "the packets went to this address" },
    "Allow the destination in the policy, or stop it by a rule for Azure or nftables.",
  ),
  "destination-dominates": entry(shown, "Nothing, when this is where the traffic should go."),
  "protocol-cleartext": entry(
    shown,
    "Use the encrypted form where the traffic leaves a network that you trust.",
  ),
  "protocol-unknown": entry(
    shown,
    "Find the program behind the port (ss -tnp, ss -unp on the host).",
  ),
} as const satisfies Record<string, { confidence: Confidence; advice: string }>;

export type FindingId = keyof typeof catalog;
