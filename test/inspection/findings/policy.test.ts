import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { contains, parseAddress, parseNetwork } from "../../../src/inspection/findings/network.ts";
import {
  defaultPolicy,
  parsePolicy,
  PolicyError,
} from "../../../src/inspection/findings/policy.ts";
import { remediesFor } from "../../../src/inspection/findings/remedies.ts";
import { inspect } from "../../../src/inspection/inspect.ts";
import { chunksOf } from "../captures.ts";
import { Wire } from "../wire.ts";

const refusal = (text: string): string => {
  try {
    parsePolicy(text);
  } catch (error) {
    return error instanceof PolicyError ? error.message : "another error";
  }
  return "accepted";
};

test("the example of the reference is a policy, and its default is the default", () => {
  const page = readFileSync("docs/reference/policy.md", "utf8");
  const example = /```json\n([^`]+)```/.exec(page)?.[1] ?? "";
  expect(parsePolicy(example).unwantedProtocols).toEqual(defaultPolicy.unwantedProtocols);
  expect(parsePolicy("{}")).toEqual(defaultPolicy);
});

test("a wrong policy is refused with the key and what is allowed there", () => {
  const texts = [
    "no JSON",
    "[]",
    '{"allowedPort": [1]}',
    '{"allowedPorts": 443}',
    '{"allowedPorts": [443, "http"]}',
    '{"allowedPorts": ["9-8"]}',
    '{"allowedPorts": [65536]}',
    '{"allowedDestinations": ["10.0.0.0/33"]}',
    '{"allowedProtocols": ["HTTP"]}',
    '{"unwantedProtocols": [null]}',
  ];
  expect(texts.map(refusal)).toMatchInlineSnapshot(`
    [
      "a policy is a JSON file, and this is none",
      "a policy is a JSON object with any of the keys unwantedProtocols, allowedProtocols, allowedPorts, allowedDestinations",
      "a policy has no key "allowedPort": allowed are unwantedProtocols, allowedProtocols, allowedPorts, allowedDestinations",
      ""allowedPorts" is a list",
      ""allowedPorts[1]" is "http": ports are written 443, "443/tcp" or "8000-8100/udp", from 0 to 65535",
      ""allowedPorts[0]" is "9-8": ports are written 443, "443/tcp" or "8000-8100/udp", from 0 to 65535",
      ""allowedPorts[0]" is 65536: ports are written 443, "443/tcp" or "8000-8100/udp", from 0 to 65535",
      ""allowedDestinations[0]" is "10.0.0.0/33": a destination is an address or a network, as "192.0.2.7", "10.0.0.0/8" or "2001:db8::/32"",
      ""allowedProtocols[0]" is "HTTP": a protocol is one of Wireshark's filter names in small letters, as "dns" or "tls"",
      ""unwantedProtocols[0]" is null: a protocol is one of Wireshark's filter names in small letters, as "dns" or "tls"",
    ]
  `);
});

test("whatever a file holds, it is a policy or a policy error", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(refusal(text)).not.toBe("another error");
    }),
  );
});

test("networks hold their addresses, of their version only", () => {
  const holds = (network: string, address: string): boolean => {
    const [one, other] = [parseNetwork(network), parseNetwork(address)];
    return one !== null && other !== null && contains(one, other);
  };
  expect([
    holds("10.0.0.0/8", "10.255.0.1"),
    holds("10.0.0.0/8", "11.0.0.1"),
    holds("0.0.0.0/0", "203.0.113.1"),
    holds("2001:db8::/32", "2001:db8:1::9"),
    holds("2001:db8::/32", "2001:db9::"),
    holds("::/0", "10.0.0.1"),
    holds("::ffff:192.0.2.0/120", "::ffff:192.0.2.9"),
  ]).toEqual([true, false, true, true, false, false, true]);
  for (const text of [
    "",
    ":",
    ":::",
    "1::2::3",
    "1.2.3",
    "1.2.3.256",
    "g::",
    "1:2:3:4:5:6:7:8:9",
    "1.2.3.4/",
  ])
    expect(parseNetwork(text)).toBeNull();
  expect(parseAddress("::")?.bits).toBe(0n);
});

test("ports and destinations outside of the policy are findings, inside of it none", async () => {
  const wire = new Wire()
    .talk(0, "192.0.2.10:4000", "198.51.100.7:443", { lines: [{ from: "client", says: "x" }] })
    .talk(50, "192.0.2.10:4001", "203.0.113.9:8443", { lines: [{ from: "client", says: "x" }] });
  const policy = parsePolicy(
    '{"allowedPorts": ["443/tcp"], "allowedDestinations": ["198.51.100.0/24"]}',
  );
  const { findings } = await inspect(chunksOf(wire.file()), { policy });
  const found = findings.filter(({ id }) => id.startsWith("policy-"));
  expect(found.map(({ id, title }) => `${id}: ${title}`)).toMatchInlineSnapshot(`
    [
      "policy-port: TCP port 8443 was used, which the policy does not allow: 379 B in 1 flow with 203.0.113.9:8443",
      "policy-destination: 203.0.113.9 was contacted, which the policy does not allow: 379 B in 1 flow with 203.0.113.9:8443",
    ]
  `);
});

const unwanted = {
  name: "telnet",
  transport: "tcp",
  direction: "out",
  peers: ["203.0.113.9", "2001:db8::9", "$(reboot)", "'; rm -rf /"],
  ports: [23],
} as const;

test("a violation comes with a rule for Azure and one for nftables, made of addresses and numbers only", () => {
  expect(remediesFor(unwanted)).toMatchInlineSnapshot(`
    [
      {
        "command": "az network nsg rule create \\
      --resource-group "$RESOURCE_GROUP" --nsg-name "$NSG" \\
      --name nightcap-deny-telnet-tcp-out \\
      --priority 200 \\
      --direction Outbound --access Deny \\
      --protocol Tcp \\
      --source-address-prefixes '*' --source-port-ranges '*' \\
      --destination-address-prefixes 203.0.113.9 \\
      --destination-port-ranges 23
    az network nsg rule create \\
      --resource-group "$RESOURCE_GROUP" --nsg-name "$NSG" \\
      --name nightcap-deny-telnet-tcp-out-6 \\
      --priority 201 \\
      --direction Outbound --access Deny \\
      --protocol Tcp \\
      --source-address-prefixes '*' --source-port-ranges '*' \\
      --destination-address-prefixes 2001:db8::9 \\
      --destination-port-ranges 23",
        "what": "Azure network security group (set RESOURCE_GROUP and NSG first; choose a free priority)",
      },
      {
        "command": "nft -f - <<'END'
    table inet nightcap {
      chain output {
        type filter hook output priority filter; policy accept;
        ip daddr { 203.0.113.9 } tcp dport { 23 } counter drop comment "nightcap telnet"
        ip6 daddr { 2001:db8::9 } tcp dport { 23 } counter drop comment "nightcap telnet"
      }
    }
    END",
        "what": "nftables on the host, as root",
      },
      {
        "command": "nightcap block 203.0.113.9 --port 23/tcp --direction out --host "$HOST" --for 30m
    nightcap block 2001:db8::9 --port 23/tcp --direction out --host "$HOST" --for 30m",
        "targets": [
          {
            "address": "203.0.113.9",
            "direction": "out",
            "port": "23/tcp",
          },
          {
            "address": "2001:db8::9",
            "direction": "out",
            "port": "23/tcp",
          },
        ],
        "what": "Nightcap on the host, for 30 minutes (set HOST first; its administrator has to allow it)",
      },
    ]
  `);
  expect(remediesFor({ ...unwanted, peers: ["nobody"] })).toEqual([]);
});

const canCheckRules = (): boolean => {
  try {
    execFileSync("nft", ["-c", "-f", "-"], {
      input: "table inet nightcap_test {\n}\n",
      stdio: "pipe",
    });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!canCheckRules())(
  "nftables accepts the rules (skipped without nft and the right to ask it)",
  () => {
    for (const direction of ["in", "out"] as const) {
      const command = remediesFor({ ...unwanted, direction })[1]?.command ?? "";
      const rules = command.split("\n").slice(1, -1).join("\n");
      execFileSync("nft", ["-c", "-f", "-"], { input: `${rules}\n`, stdio: "pipe" });
    }
  },
);

test("the shell reads the Azure command as it is meant", () => {
  const command = remediesFor({ ...unwanted, peers: ["203.0.113.9"] })[0]?.command ?? "";
  const script = `az() { printf '%s\\n' "$@"; }\nRESOURCE_GROUP='my group'\nNSG=n\n${command}`;
  const words = execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim().split("\n");
  expect(words).toMatchInlineSnapshot(`
    [
      "network",
      "nsg",
      "rule",
      "create",
      "--resource-group",
      "my group",
      "--nsg-name",
      "n",
      "--name",
      "nightcap-deny-telnet-tcp-out",
      "--priority",
      "200",
      "--direction",
      "Outbound",
      "--access",
      "Deny",
      "--protocol",
      "Tcp",
      "--source-address-prefixes",
      "*",
      "--source-port-ranges",
      "*",
      "--destination-address-prefixes",
      "203.0.113.9",
      "--destination-port-ranges",
      "23",
    ]
  `);
});

test("what a policy does not expect is found however small it is among thousands of services", async () => {
  const wire = new Wire();
  for (let at = 0; at < 1_500; at++) {
    const server = `198.51.${at % 250}.${1 + Math.floor(at / 250)}`;
    wire.udp(at, `192.0.2.10:${1_024 + at}`, `${server}:53`, "x".repeat(200));
  }
  wire.tcp(2_000, "192.0.2.10:4000", "203.0.113.9:23", { flags: ["push", "ack"], payload: "hi" });
  const { findings, services } = await wire.inspect();
  expect(services).toHaveLength(1_000);
  expect(findings.map(({ id }) => id)).toContain("policy-protocol");
});
