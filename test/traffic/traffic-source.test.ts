import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openTrafficSource, type TrafficSource } from "../../src/traffic/traffic-source.ts";
import { trafficSettings } from "../../src/traffic/traffic-settings.ts";
import { batchOf } from "./flow-batches.ts";
import { serviceTagsText, topology } from "./traffic-fixtures.ts";

let stateDirectory: string;
let server: Server;
let answer: RequestListener;
let requests: { etag: string; since: string }[];
let now: number;
const clock = { now: () => now, sleep: async () => undefined };

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), "nightcap-traffic-"));
  requests = [];
  now = Date.parse("2026-11-21T00:00:00Z");
  server = createServer((request, response) => {
    const { "if-none-match": etag = "", "if-modified-since": since = "" } = request.headers;
    requests.push({ etag, since });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(stateDirectory, { recursive: true });
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;

function open(list: object = {}, more: object = {}): Promise<TrafficSource> {
  const settings = trafficSettings.parse({
    topology,
    threatLists: [{ name: "bad", url: url(), refreshSeconds: 60, ...list }],
    country: "off",
    city: "off",
    asn: "off",
    ...more,
  });
  return openTrafficSource({ settings, stateDirectory, clock });
}

/** The list as a web server gives it, with validators. */
const listing =
  (text: string, etag: string): RequestListener =>
  (request, response) => {
    if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
    else
      response.writeHead(200, { etag, "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT" }).end(text);
  };

const firstSeenOf = (source: TrafficSource, address: string): string => {
  const { endpoints } = source.classifier()(batchOf({ source: "10.0.1.4", destination: address }));
  return endpoints[1]?.threat?.firstSeen ?? "not listed";
};

const typeOf = (source: TrafficSource, address: string): string =>
  source.classifier()(batchOf({ source: "10.0.1.4", destination: address })).verdicts[0]
    ?.flowType ?? "";

test("a feed is fetched, asked again with its validators, changed, and first-seen times stay", async () => {
  const source = await open();
  expect(typeOf(source, "5.5.5.5")).toBe("ExternalPublic");
  answer = listing("5.5.5.5\n5.5.5.6\n", '"a"');
  expect(await source.refresh()).toBe(true);
  expect(typeOf(source, "5.5.5.5")).toBe("MaliciousFlow");
  const before = source.data();
  expect(await source.refresh()).toBe(false);
  expect(requests).toHaveLength(1);
  now += 61_000;
  expect(await source.refresh()).toBe(false);
  expect(requests.at(-1)).toEqual({ etag: '"a"', since: "Sat, 21 Nov 2026 00:00:00 GMT" });
  expect(source.data()).toBe(before);
  answer = listing("5.5.5.6\n5.5.5.7\n", '"b"');
  now += 61_000;
  expect(await source.refresh()).toBe(true);
  expect(["5.5.5.5", "5.5.5.6", "5.5.5.7"].map((address) => firstSeenOf(source, address))).toEqual([
    "not listed",
    "2026-11-21T00:00:00.000Z",
    "2026-11-21T00:02:02.000Z",
  ]);
  expect(source.feeds()[0]).toMatchObject({
    error: "",
    version: expect.stringMatching(/^[0-9a-f]{12}@2026-11-21T00:02:02/),
  });
});

test("an old classifier finishes with the old data", async () => {
  answer = listing("5.5.5.5\n", '"a"');
  const source = await open();
  await source.refresh();
  const old = source.classifier();
  answer = listing("5.5.5.6\n", '"b"');
  await source.refresh({ which: "all" });
  const batch = batchOf({ source: "10.0.1.4", destination: "5.5.5.5" });
  expect(old(batch).verdicts[0]?.flowType).toBe("MaliciousFlow");
  expect(source.classifier()(batch).verdicts[0]?.flowType).toBe("ExternalPublic");
  expect(old(batch).dataVersion).not.toBe(source.classifier()(batch).dataVersion);
});

const broken: Record<string, [RequestListener, string]> = {
  "status 500": [(_, response) => response.writeHead(500).end("5.5.5.9"), "status 500"],
  "a page": [(_, response) => response.end("<html>\n<p>soon</p>\n</html>"), "not a list"],
  "an empty answer": [(_, response) => response.end(), "empty"],
  "too large": [
    (_, response) => response.end("5.5.5.9\n".repeat(10_000)),
    "larger than 4096 bytes",
  ],
  "a bomb": [
    (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("#".repeat(5_000_000))),
    "larger than 4096 bytes",
  ],
  "cut short": [
    (_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("5.5.5.9\n", () => response.destroy());
    },
    "cannot be fetched",
  ],
  slow: [
    (_, response) => {
      response.writeHead(200);
      response.write("5.5.5.9\n");
    },
    "no whole answer within 1 s",
  ],
};

test.each(Object.entries(broken))(
  "%s: it is told, and the last good copy stays",
  async (_, [bad, words]) => {
    answer = listing("5.5.5.5\n", '"a"');
    const source = await open({ sizeBytesMax: 4_096, timeoutSeconds: 1 });
    await source.refresh();
    answer = bad;
    expect(await source.refresh({ which: "all" })).toBe(false);
    expect(source.feeds()[0]?.error).toContain(words);
    expect(source.feeds()[0]?.error).not.toContain("127.0.0.1");
    expect(typeOf(source, "5.5.5.5")).toBe("MaliciousFlow");
    const again = await open({ sizeBytesMax: 4_096 });
    expect(typeOf(again, "5.5.5.5")).toBe("MaliciousFlow");
  },
);

test("a server that is gone is retried sooner, then later each time", async () => {
  const source = await open({ refreshSeconds: 3_600 });
  answer = (request) => request.socket.destroy();
  await source.refresh();
  const tries: number[] = [];
  for (let minute = 1; minute <= 16; minute++) {
    now += 60_000;
    const before = requests.length;
    await source.refresh();
    if (requests.length > before) tries.push(minute);
  }
  expect(tries).toEqual([1, 3, 7, 15]);
});

test("a damaged copy, or one of another source, is not used", async () => {
  answer = listing("5.5.5.5\n", '"a"');
  await (await open()).refresh();
  const other = await open({ url: undefined, path: "/nowhere" });
  expect(typeOf(other, "5.5.5.5")).toBe("ExternalPublic");
  const directory = join(stateDirectory, "traffic");
  expect((await readdir(directory)).sort()).toEqual(["bad.data", "bad.json", "bad.seen"]);
  await writeFile(join(directory, "bad.data"), "1.1.1.9\n");
  const source = await open();
  expect([typeOf(source, "5.5.5.5"), typeOf(source, "1.1.1.9")]).toEqual([
    "ExternalPublic",
    "ExternalPublic",
  ]);
  await source.refresh();
  expect(requests.at(-1)?.etag).toBe("");
  expect(await readFile(join(directory, "bad.data"), "utf8")).toBe("5.5.5.5\n");
});

test("files are sources too, service tags among them, and resources join the topology", async () => {
  const tags = join(stateDirectory, "tags.json");
  await writeFile(tags, serviceTagsText);
  const source = await open(
    { url: undefined, path: tags },
    { serviceTags: { path: tags }, topology: {} },
  );
  await source.refresh();
  expect(source.feeds().map(({ version, error }) => [version, error])).toEqual([
    ["363", ""],
    ["", "the JSON is no STIX bundle"],
  ]);
  expect(typeOf(source, "20.60.4.70")).toBe("Unknown");
  source.setResources(topology);
  expect(typeOf(source, "20.60.4.70")).toBe("AzurePublic");
});
