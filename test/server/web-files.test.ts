import type { IncomingMessage } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MountedHandler } from "../../src/server/http-server.ts";
import { createWebFiles } from "../../src/server/web/web-files.ts";

let folder: string;
let handler: MountedHandler;
const script = "export const x = 1;\n".repeat(200);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nightcap-web-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Nightcap</title>");
  await writeFile(join(folder, "assets/main-abc.js"), script);
  await writeFile(join(folder, "assets/main-abc.js.br"), brotliCompressSync(script));
  handler = await createWebFiles(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const connection = { remoteAddress: null, incoming: {} as IncomingMessage };
async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await handler(new Request(`https://nightcap.test${path}`, init), connection);
  if (!answer) throw new Error(`${path} is left to others`);
  return answer;
}

test("who opens the page is told of, who fetches its parts is not", async () => {
  let openedCount = 0;
  const counted = await createWebFiles(folder, () => openedCount++);
  for (const path of ["/ui/", "/ui/captures/1", "/ui/assets/main-abc.js", "/ui/assets/none.js"])
    await counted(new Request(`https://nightcap.test${path}`), connection);
  expect(openedCount).toBe(2);
});

test("a browser is sent from the address itself to the page, a program is not", async () => {
  const browser = await ask("/", { headers: { accept: "text/html,*/*" } });
  expect([browser.status, browser.headers.get("location")]).toEqual([302, "/ui/"]);
  expect(await handler(new Request("https://nightcap.test/"), connection)).toBeNull();
  expect(await handler(new Request("https://nightcap.test/subscriptions"), connection)).toBeNull();
});

test("the page's own addresses all give the page, with a policy that lets in nothing else", async () => {
  for (const path of ["/ui/", "/ui/incidents/12ab", "/ui/index.html"]) {
    const answer = await ask(path);
    expect(await answer.text()).toContain("<title>Nightcap</title>");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(answer.headers.get("content-security-policy")).toContain(
      "default-src 'none'; script-src 'self'",
    );
  }
});

test("a script is sent as it was compressed, for ever, and not twice", async () => {
  const answer = await ask("/ui/assets/main-abc.js", {
    headers: { "accept-encoding": "gzip, br" },
  });
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect(answer.headers.get("cache-control")).toContain("immutable");
  const body = brotliDecompressSync(Buffer.from(await answer.arrayBuffer()));
  expect(body.toString()).toBe(script);
  const plain = await ask("/ui/assets/main-abc.js");
  expect(await plain.text()).toBe(script);
  const again = await ask("/ui/assets/main-abc.js", {
    headers: { "if-none-match": plain.headers.get("etag") ?? "" },
  });
  expect(again.status).toBe(304);
});

test.each([
  ["/ui/assets/other.js", 404],
  ["/ui/assets/../../../../etc/passwd", 404],
  ["/ui/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404],
  ["/ui/assets/main-abc.js.br", 404],
])("%s is %i", async (path, status) => {
  const answer = await handler(new Request(`https://nightcap.test${path}`), connection);
  expect(answer === null ? 404 : answer.status).toBe(status);
});

test("only reading is answered, and what was not built says so", async () => {
  expect((await ask("/ui/", { method: "POST" })).status).toBe(405);
  const empty = await createWebFiles(join(folder, "none"));
  const answer = await empty(new Request("https://nightcap.test/ui/"), connection);
  expect(answer?.status).toBe(503);
  expect(await answer?.text()).toContain("npm start");
});
