import { connect, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { openCertificateAuthority } from "../../src/pki/certificate-authority.ts";
import { type HttpServer, startHttpServer } from "../../src/server/http-server.ts";
import { makeDirectory, removeDirectory } from "../provider/control-plane.ts";

let directory: string;
let ca: string;
let server: HttpServer;

beforeEach(async () => {
  directory = await makeDirectory();
  const authority = await openCertificateAuthority({ directory, clock: systemClock });
  const { keyPem, certificatePem } = await authority.issueServer(["127.0.0.1"]);
  ca = authority.certificatePem;
  server = await startHttpServer({
    host: "127.0.0.1",
    port: 0,
    tls: { key: keyPem, cert: certificatePem, ca },
    handlers: [
      async (request) => {
        if (!request.url.endsWith("/count")) return null;
        let size = 0;
        for await (const chunk of request.body ?? []) size += chunk.byteLength;
        return new Response(String(size));
      },
      async (request) => {
        if (request.url.endsWith("/fail")) throw new Error("the secret inside");
        return null;
      },
    ],
    plain: { "/healthz": async () => new Response("ok") },
    onUpgrade: (_request, socket) => {
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: Upgrade\r\n\r\n",
      );
      socket.pipe(socket);
    },
    log: silentLog,
  });
});

afterEach(async () => {
  await server.close();
  await removeDirectory(directory);
});

const dial = (): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: server.port, ca }, () => resolve(socket));
    socket.on("error", reject);
  });
/** What the server says until it closes, or until `enough`. */
const talk = async (text: string, enough: (said: string) => boolean): Promise<string> => {
  const socket = await dial();
  socket.write(text);
  let said = "";
  for await (const chunk of socket) {
    said += String(chunk);
    if (enough(said)) break;
  }
  socket.destroy();
  return said;
};
const get = (path: string, headers = "") =>
  talk(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`, () => false);

test("health is answered without a token, and unknown paths with an error envelope", async () => {
  expect(await get("/healthz")).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n/);
  expect(await get("/nothing")).toMatch(/^HTTP\/1\.1 404 [^]*"ResourceNotFound"/);
});

test("what a handler throws stays inside", async () => {
  const said = await get("/fail");
  expect(said).toMatch(/^HTTP\/1\.1 500 /);
  expect(said).not.toContain("secret inside");
});

test("a body streams through, and one connection carries several requests", async () => {
  const body = "x".repeat(100_000);
  const request = `POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const said = await talk(request + request, (text) => text.split("100000").length > 2);
  expect(said.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
});

/** The error of an answer that has all that a client looks for in one. */
const refusalOf = (said: string): string => {
  const [head = "", body = ""] = said.split("\r\n\r\n");
  expect(head).toMatch(/^content-type: application\/json; charset=utf-8$/im);
  expect(head).toMatch(/^x-ms-request-id: [\da-f-]{36}$/im);
  const { error } = JSON.parse(body) as { error: { code: string; message: string } };
  expect(error.message).not.toBe("");
  return `${head.split(" ")[1]} ${error.code}`;
};

test.each([
  ["headers that are too long", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(40_000)}\r\n\r\n`],
  ["a URL that is too long", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ["what is no HTTP", "GARBAGE\r\n\r\n"],
  ["a method that there is not", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"],
  [
    "two lengths of one body",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["a host that is none", "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
  ["an expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n"],
  ["a tunnel", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["an unknown path", "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
  ["a failure", "GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
])("every refusal is an error envelope with a request id: %s", async (name, request) => {
  const wanted = {
    "headers that are too long": "431 RequestHeadersTooLarge",
    "a URL that is too long": "414 RequestUriTooLong",
    "an expectation": "417 ExpectationFailed",
    "a tunnel": "405 MethodNotAllowed",
    "an unknown path": "404 ResourceNotFound",
    "a failure": "500 InternalServerError",
  }[name];
  const said = await talk(request, (text) => /"error":.*\}\}$/s.test(text));
  expect(refusalOf(said)).toBe(wanted ?? "400 InvalidRequest");
});

test("every answer has a request id", async () => {
  expect(await get("/healthz")).toMatch(/^x-ms-request-id: /im);
  expect(await get("/count")).toMatch(/^x-ms-request-id: /im);
});

test("an upgrade reaches its owner, and closing the server ends it", async () => {
  const socket = await dial();
  socket.write("GET /agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n");
  const said = await new Promise((resolve) => socket.once("data", resolve));
  expect(String(said)).toContain("101 Switching Protocols");
  const ended = new Promise((resolve) => socket.once("close", resolve));
  await server.close();
  await ended;
});

test("a port that is taken is said", async () => {
  const options = { host: "127.0.0.1", port: server.port, tls: { key: "", cert: "" } };
  await expect(startHttpServer({ ...options, handlers: [], log: silentLog })).rejects.toMatchObject(
    { code: "ServiceUnavailable" },
  );
});
