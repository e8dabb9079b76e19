import { endpointText, visible } from "../summary/safe-text.ts";
import { plural } from "../summary/units.ts";
import { finding, type Finding } from "./finding.ts";
import type { Inspected } from "./inspected.ts";

type Sighting = Inspected["credentials"][number];

/** Users that everybody may be, whose password is a courtesy (RFC 1635). */
const publicUsers: ReadonlySet<string> = new Set(["anonymous", "ftp"]);

/** Logins that anybody on the way can read; the secret is told nowhere. */
export function credentialFindings({ credentials }: Inspected): Finding[] {
  const secret = credentials.filter(({ user }) => user === null || !publicUsers.has(user));
  const protocols = [...new Set(secret.map(({ protocol }) => protocol))];
  return protocols.map((protocol) => {
    const all = secret.filter((sighting) => sighting.protocol === protocol);
    return told(protocol, all);
  });
}

const titles: ReadonlyMap<string, string> = new Map([
  ["ftp", "FTP"],
  ["pop", "POP3"],
  ["imap", "IMAP"],
  ["smtp", "SMTP"],
  ["http", "HTTP (Basic)"],
  ["telnet", "Telnet"],
  ["snmp", "SNMP"],
]);

const displayFilters: ReadonlyMap<string, string> = new Map([
  ["ftp", 'ftp.request.command == "PASS"'],
  ["pop", 'pop.request.command == "PASS"'],
  ["http", "http.authbasic"],
  ["snmp", "snmp.community"],
]);

function told(protocol: string, all: readonly Sighting[]): Finding {
  const users = [...new Set(all.flatMap(({ user }) => user ?? []))];
  const [first] = all;
  const what = protocol === "snmp" ? "A community name" : "A password";
  const by = users.length === 0 ? "" : ` of ${visible(users[0] ?? "", 40)}`;
  const more = users.length > 1 ? ` and ${plural(users.length - 1, "other user")}` : "";
  const where = first ? ` to ${endpointText(first.server, first.port)}` : "";
  return finding(
    "credentials-cleartext",
    "problem",
    `${what}${by}${more} went in clear text by ${titles.get(protocol) ?? visible(protocol)}${where}`,
    {
      facts: {
        logins: all.reduce((sum, { count }) => sum + count, 0),
        servers: new Set(all.map(({ server }) => server)).size,
      },
      displayFilter: displayFilters.get(protocol) ?? null,
      frames: all.map(({ frame }) => frame),
      streams: all.flatMap(({ stream }) => stream ?? []),
      addresses: all.map(({ server }) => visible(server)),
    },
  );
}
