import { expect, test } from "vitest";
import { covers, type RecordingFilter } from "../../src/incident/covers.ts";

const web: RecordingFilter = { protocol: "TCP", remotePort: "443" };

test.each<[string, RecordingFilter[], RecordingFilter[], boolean]>([
  ["no filter has everything", [], [web], true],
  ["a filter does not have everything", [web], [], false],
  ["the same", [web], [web], true],
  ["an open port has each port", [{ protocol: "TCP" }], [web], true],
  ["a port does not have all ports", [web], [{ protocol: "TCP" }], false],
  ["any protocol has one", [{ remotePort: "443" }], [web], true],
  ["one protocol has not any", [web], [{ remotePort: "443" }], false],
  ["one protocol has not another", [web], [{ ...web, protocol: "UDP" }], false],
  ["a range has a range within", [{ localPort: "80-90" }], [{ localPort: "81-90" }], true],
  [
    "a range has not one that reaches out",
    [{ localPort: "80-90" }],
    [{ localPort: "81-91" }],
    false,
  ],
  ["a list has its parts", [{ localPort: "80;443;" }], [{ localPort: "443" }], true],
  ["a list has not other ports", [{ localPort: "80;443;" }], [{ localPort: "443;444;" }], false],
  ["what is no port is within nothing", [{ localPort: "80" }], [{ localPort: "http" }], false],
  [
    "addresses are compared without regard to case",
    [{ remoteIPAddress: "2001:DB8::1;192.0.2.1" }],
    [{ remoteIPAddress: "2001:db8::1" }],
    true,
  ],
  [
    "an address has not another",
    [{ localIPAddress: "192.0.2.1" }],
    [{ localIPAddress: "192.0.2.2" }],
    false,
  ],
  ["each narrow filter needs a wide one", [web], [web, { protocol: "UDP" }], false],
  [
    "several wide filters together",
    [web, { protocol: "UDP" }],
    [{ protocol: "UDP", localPort: "53" }, web],
    true,
  ],
])("%s", (_name, wide, narrow, expected) => {
  expect(covers(wide, narrow)).toBe(expected);
});
