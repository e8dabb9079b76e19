import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { NightcapError } from "../common/errors.ts";
import { jsonResponse, requestUrl } from "../common/http.ts";
import type { Closable } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { identified, refuseLongUrl, refuseUnreadable, thrownAnswer } from "./http-refusals.ts";

/** Against clients that send slowly on purpose: the whole head must be there within this. */
const headersTimeoutMilliseconds = 20_000;
/** For the whole request; an upload of one block of 256 MiB at 4 Mbit/s takes 540 s. */
const requestTimeoutMilliseconds = 600_000;
const keepAliveTimeoutMilliseconds = 65_000;
const handshakeTimeoutMilliseconds = 20_000;
const headersSizeBytesMax = 32 << 10;
const headersCountMax = 200;
const connectionCountMax = 10_000;
/** Requests that go on when the server closes have this long to end. */
const closeGraceMilliseconds = 5_000;

/** What is known of the connection that a request came on. */
export interface Connection {
  /** The peer's address, or null when it is gone already. */
  remoteAddress: string | null;
  incoming: IncomingMessage;
}

/** Answers a request, or gives null to leave it to the next handler. */
export type MountedHandler = (request: Request, connection: Connection) => Promise<Response | null>;

export interface HttpServerOptions {
  host: string;
  /** 0: any free one; see `port` of what is returned. */
  port: number;
  tls: {
    /** PEM. */
    key: string;
    cert: string;
    /** Who signs client certificates; without it none is asked for. A client without one is let in. */
    ca?: string;
  };
  /** Asked in order. */
  handlers: readonly MountedHandler[];
  /** Each answered without a token: `/healthz`, `/readyz`, `/metrics`. */
  plain?: Readonly<Record<string, () => Promise<Response>>>;
  /** A request to change protocol; without it the connection is closed. */
  onUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  log: Log;
}

export interface HttpServer extends Closable {
  readonly port: number;
  readonly connectionCount: number;
  /** Replaces key and certificate for new connections. */
  replaceCertificate(tls: { key: string; cert: string }): void;
}

/** HTTP/1.1 over TLS 1.2 or newer, with a limit on everything that a client can make long. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log, tls } = options;
  const app = mount(options);
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    errorHandler: (error) => thrownAnswer(error, log),
    overrideGlobalObjects: false,
  });
  const server = createServer(
    {
      ...secureOptions(tls),
      minVersion: "TLSv1.2",
      handshakeTimeout: handshakeTimeoutMilliseconds,
      headersTimeout: headersTimeoutMilliseconds,
      requestTimeout: requestTimeoutMilliseconds,
      keepAliveTimeout: keepAliveTimeoutMilliseconds,
      maxHeaderSize: headersSizeBytesMax,
      // The listener refuses what has none, with a body that says so.
      requireHostHeader: false,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxHeadersCount = headersCountMax;
  server.maxConnections = connectionCountMax;
  refuseUnreadable(server);
  const sockets = trackSockets(server);
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!options.onUpgrade) return void socket.destroy();
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    options.onUpgrade(request, socket, head);
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    get connectionCount() {
      return sockets.size;
    },
    replaceCertificate: (next) => server.setSecureContext(secureOptions({ ...tls, ...next })),
    close: () => closeGently(server, { sockets, upgraded }),
  };
}

function mount(options: HttpServerOptions): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.onError((error) => thrownAnswer(error, options.log));
  app.all("*", async (context) => {
    const request = context.req.raw;
    const refused = refuseLongUrl(request);
    if (refused) return refused;
    const plain = options.plain?.[requestUrl(request).pathname];
    if (plain && ["GET", "HEAD"].includes(request.method)) return identified(await plain());
    const { incoming } = context.env;
    const connection = { incoming, remoteAddress: incoming.socket.remoteAddress ?? null };
    for (const handler of options.handlers) {
      const answer = await handler(request, connection);
      if (answer) return identified(answer);
    }
    const { code, message } = new NightcapError(
      "ResourceNotFound",
      "there is nothing at this path",
    );
    return identified(jsonResponse(404, { error: { code, message } }));
  });
  return app;
}

const secureOptions = ({ key, cert, ca }: HttpServerOptions["tls"]) => ({
  key,
  cert,
  ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false }),
});

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new NightcapError("ServiceUnavailable", `cannot listen on ${host}:${port}`, { cause }),
      );
    });
    server.listen({ host, port }, () => resolve());
  });
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}

/** Takes no more, lets running requests end, then cuts what is left. */
async function closeGently(
  server: Server,
  { sockets, upgraded }: { sockets: ReadonlySet<Duplex>; upgraded: ReadonlySet<Duplex> },
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  for (const socket of upgraded) socket.destroy();
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, closeGraceMilliseconds);
  await closed;
  clearTimeout(timer);
  for (const socket of sockets) socket.destroy();
}
