// Which protocol a stream's bytes are given to; the expected paths are tshark's.
import { expect, test } from "vitest";
import { segmentPaths } from "./conversations.ts";

const modbusPort = 502;
const dnp3Port = 20_000;
const modbusQuery = "\0\u0001\0\0\0\u0006\u0001\u0003\0\0\0\u0002";
const dnp3Link = "\u0005\u0064\u0005\u00c0\u0001\0\0\u0004\u00e9\u0021";

test("what the server's port refuses is given to the client's", () => {
  const paths = segmentPaths(dnp3Port, [["client", modbusQuery]], modbusPort);
  expect(paths).toEqual(["mbtcp/modbus"]);
});

test("what the lower port refuses is given to the higher", () => {
  expect(segmentPaths(modbusPort, [["client", dnp3Link]], dnp3Port)).toEqual(["dnp3"]);
});

test("what both ports refuse is data, when nothing shows itself", () => {
  expect(segmentPaths(modbusPort, [["client", "\u00ff".repeat(9)]], dnp3Port)).toEqual(["data"]);
});
