// A capture store over https for tests: in this process, or as a child that can be killed.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import type { BlobTokens } from "../../src/storage/access/token-access.ts";
import { createBlobService } from "../../src/storage/service/blob-service.ts";
import type { StoreGuard } from "../../src/storage/store-guard.ts";
import type { KeyRing } from "../../src/storage/vault/key-ring.ts";
import { openBlobStore, type BlobStore } from "../../src/storage/blob-store.ts";

export const account = "nightcapstore";
export const key = Buffer.from("first key of the test store").toString("base64");
export const secondKey = Buffer.from("second key of the test store").toString("base64");

export interface Certificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

/** A self-signed certificate for 127.0.0.1, made by openssl. */
export function makeCertificate(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-tls-"));
  const [keyPath, certificatePath] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  execFileSync(
    "openssl",
    [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" "),
      ..."-subj /CN=nightcap-test -addext subjectAltName=IP:127.0.0.1".split(" "),
      "-keyout",
      keyPath,
      "-out",
      certificatePath,
    ],
    { stdio: "ignore" },
  );
  const keyPem = readFileSync(keyPath, "utf8");
  const certificatePem = readFileSync(certificatePath, "utf8");
  rmSync(directory, { recursive: true });
  return { keyPem, certificatePem };
}

export interface BlobServer {
  readonly origin: string;
  readonly store: BlobStore;
  /** The service itself, for requests that no client would send. */
  readonly handle: (request: Request) => Promise<Response>;
  close(): Promise<void>;
}

export interface BlobServerOptions {
  readonly directory: string;
  readonly certificate: Certificate;
  readonly port?: number;
  readonly blockSizeBytesMax?: number;
  readonly tokens?: BlobTokens;
  /** What the store is encrypted with. */
  readonly keys?: KeyRing | null;
  readonly guard?: StoreGuard;
  /** Called before each request is answered; may wait. */
  readonly onRequest?: (request: Request) => Promise<Response | null>;
}

export async function startBlobServer(options: BlobServerOptions): Promise<BlobServer> {
  const { directory, certificate } = options;
  const { blockSizeBytesMax } = options;
  const store = await openBlobStore({
    kind: "directory",
    directory,
    freeBytesMin: 0,
    keys: options.keys ?? null,
    ...(options.guard ? { guard: options.guard } : {}),
    ...(blockSizeBytesMax === undefined ? {} : { blockSizeBytesMax }),
  });
  const handle = createBlobService({
    store,
    accounts: [{ name: account, keys: [key, secondKey] }],
    clock: systemClock,
    log: silentLog,
    remoteAddress: () => "127.0.0.1",
    ...(options.tokens ? { tokens: options.tokens } : {}),
  });
  const listener = getRequestListener(
    async (request) => (await options.onRequest?.(request)) ?? handle(request),
  );
  const server = createServer(
    { key: certificate.keyPem, cert: certificate.certificatePem },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.keepAliveTimeout = 65_000; // as the control plane: a client's idle connection stays good
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    store,
    handle,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await store.close();
    },
  };
}
