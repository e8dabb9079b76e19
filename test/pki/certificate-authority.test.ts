import { mkdtemp, rm, stat } from "node:fs/promises";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import {
  type CertificateAuthority,
  openCertificateAuthority,
} from "../../src/pki/certificate-authority.ts";
import { createCertificateRequest } from "../../src/pki/certificate-request.ts";

let directory: string;
let authority: CertificateAuthority;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-pki-"));
  authority = await openCertificateAuthority({ directory, clock: systemClock });
});
afterAll(() => rm(directory, { recursive: true }));

test("keeps the authority across restarts, its key readable by the owner alone", async () => {
  const again = await openCertificateAuthority({ directory, clock: systemClock });
  expect(again.certificatePem.trim()).toBe(authority.certificatePem.trim());
  expect((await stat(join(directory, "ca-key.pem"))).mode & 0o777).toBe(0o600);
});

test("issues certificates with which two real TLS peers know each other by name", async () => {
  const server = await authority.issueServer(["localhost", "127.0.0.1"]);
  const request = await createCertificateRequest("anything");
  const certificate = await authority.issueClient(request.requestPem, "host-7");
  const listener = createServer({
    key: server.keyPem,
    cert: server.certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const accepted = once(listener, "secureConnection") as Promise<[TLSSocket]>;
  const { port } = listener.address() as AddressInfo;
  const trust = { ca: authority.certificatePem, key: request.keyPem, cert: certificate };
  const client = connect({ host: "127.0.0.1", port, ...trust });
  await once(client, "secureConnect");
  const [socket] = await accepted;
  expect(socket.getPeerCertificate().subject.CN).toBe("host-7");
  client.destroy();
  listener.close();
});

test("refuses a request that is not one, or whose signature is broken", async () => {
  await expect(authority.issueClient("nonsense", "x")).rejects.toMatchObject({
    code: "EnrolmentRefused",
  });
  const { requestPem } = await createCertificateRequest("x");
  const broken = Buffer.from(requestPem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${broken.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
  await expect(authority.issueClient(pem, "x")).rejects.toMatchObject({ code: "EnrolmentRefused" });
});
