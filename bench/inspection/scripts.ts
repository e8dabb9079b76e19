import {
  dns,
  filler,
  httpRequest,
  httpResponse,
  ntp,
  segments,
  smtpDialogue,
  tlsApplicationData,
  tlsClientHello,
  tlsServerHello,
} from "./payloads.ts";

export const transport = { icmp: 1, tcp: 6, udp: 17 } as const;
export type Transport = (typeof transport)[keyof typeof transport];

export const tcpFlag = { fin: 1, syn: 2, reset: 4, push: 8, ack: 16 } as const;

/** One packet of a conversation. */
export interface Step {
  fromClient: boolean;
  /** TCP only. */
  flags: number;
  payload: Buffer;
  /** Where in the payload each flow writes its number; -1 for nowhere. */
  numberAt: number;
}

/** What the two sides of a flow send, packet by packet. */
export interface Script {
  transport: Transport;
  serverPort: number;
  steps: readonly Step[];
  /** The step that follows the last one; -1 when the flow then ends. */
  repeatFrom: number;
}

/** As an office has it: web, mail, names, time, calls, pings; some 14 packets a flow. */
export function mixedScripts(): Script[] {
  const http = tcp(80, [client(httpRequest()), ...servers(httpResponse(6_500)), ack(true)]);
  const https = tcp(443, [
    client(tlsClientHello()),
    server(tlsServerHello()),
    client(tlsApplicationData(74)),
    client(tlsApplicationData(420)),
    ...servers(segments(tlsApplicationData(4_000))),
    ack(true),
    client(tlsApplicationData(230)),
    server(tlsApplicationData(900)),
  ]);
  const smtp = tcp(
    25,
    smtpDialogue().map(({ fromClient, text }) => step(fromClient, Buffer.from(text))),
  );
  const refused = script(transport.tcp, 8443, [
    step(true, empty, tcpFlag.syn),
    step(false, empty, tcpFlag.reset | tcpFlag.ack),
  ]);
  const call = script(
    transport.udp,
    40_000,
    Array.from({ length: 24 }, (_, index) => step(index % 2 === 0, filler(172))),
  );
  return [http, https, http, https, smtp, call, refused, names(), names(), time(), ping(56)];
}

/** Small packets, some ten a flow. */
export function smallScripts(): Script[] {
  const exchange = [client(filler(24)), ack(false), server(filler(40)), ack(true)];
  const chat = tcp(7_070, [...exchange, ...exchange]);
  const brief = tcp(7_071, exchange);
  const datagrams = script(
    transport.udp,
    7_072,
    Array.from({ length: 8 }, (_, index) => step(index % 2 === 0, filler(20 + index * 4))),
  );
  return [chat, brief, chat, chat, brief, chat, datagrams, names(), names(), ping(8)];
}

/** Flows that never end, so that a longer file has more packets and not more flows. */
export function endlessScripts(): Script[] {
  const exchange = [client(filler(24)), ack(false), server(filler(40)), ack(true)];
  const opening = handshake();
  const steps = [...opening, ...exchange];
  return [
    { ...script(transport.tcp, 7_070, steps), repeatFrom: opening.length },
    { ...names(), repeatFrom: 0 },
  ];
}

const empty = Buffer.alloc(0);

function tcp(port: number, steps: readonly Step[]): Script {
  const closing = [
    step(true, empty, tcpFlag.fin | tcpFlag.ack),
    step(false, empty, tcpFlag.fin | tcpFlag.ack),
    ack(true),
  ];
  return script(transport.tcp, port, [...handshake(), ...steps, ...closing]);
}

function handshake(): Step[] {
  return [
    step(true, empty, tcpFlag.syn),
    step(false, empty, tcpFlag.syn | tcpFlag.ack),
    step(true, empty, tcpFlag.ack),
  ];
}

function names(): Script {
  return script(transport.udp, 53, [step(true, dns(false)), step(false, dns(true))]);
}

function time(): Script {
  return script(transport.udp, 123, [step(true, ntp(3)), step(false, ntp(4))]);
}

function ping(sizeBytes: number): Script {
  return script(
    transport.icmp,
    0,
    Array.from({ length: 4 }, (_, index) => step(index % 2 === 0, filler(sizeBytes))),
  );
}

function script(kind: Transport, serverPort: number, steps: readonly Step[]): Script {
  return { transport: kind, serverPort, steps, repeatFrom: -1 };
}

function client(payload: Buffer): Step {
  return step(true, payload);
}

function server(payload: Buffer): Step {
  return step(false, payload);
}

function servers(payloads: readonly Buffer[]): Step[] {
  return payloads.map(server);
}

function ack(fromClient: boolean): Step {
  return step(fromClient, empty, tcpFlag.ack);
}

function step(fromClient: boolean, payload: Buffer, flags = tcpFlag.push | tcpFlag.ack): Step {
  return { fromClient, flags, payload, numberAt: payload.indexOf("000000") };
}
