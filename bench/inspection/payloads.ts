// What the conversations of the synthetic traffic say. Where a payload holds six zeros in a row, each flow
// writes its own number, so that names differ from flow to flow.

export function httpRequest(): Buffer {
  return Buffer.from(
    "GET /items/000000?page=2 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: synthetic/1.0\r\n" +
      "Accept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip\r\nConnection: keep-alive\r\n\r\n",
  );
}

/** Head and body, cut into segments. */
export function httpResponse(bodySizeBytes: number): Buffer[] {
  const head =
    `HTTP/1.1 200 OK\r\nServer: synthetic\r\nContent-Type: text/html\r\n` +
    `Content-Length: ${bodySizeBytes}\r\nCache-Control: no-store\r\n\r\n`;
  return segments(Buffer.concat([Buffer.from(head), filler(bodySizeBytes)]));
}

export function smtpDialogue(): { fromClient: boolean; text: string }[] {
  const server = (text: string) => ({ fromClient: false, text: `${text}\r\n` });
  const client = (text: string) => ({ fromClient: true, text: `${text}\r\n` });
  return [
    server("220 mail.example ESMTP"),
    client("EHLO h000000.example"),
    server("250-mail.example\r\n250-SIZE 10240000\r\n250 8BITMIME"),
    client("MAIL FROM:<a@h000000.example>"),
    server("250 2.1.0 Ok"),
    client("RCPT TO:<b@mail.example>"),
    server("250 2.1.5 Ok"),
    client("DATA"),
    server("354 End data with <CR><LF>.<CR><LF>"),
    client(`From: a@h000000.example\r\nSubject: report\r\n\r\n${"All is well. ".repeat(40)}\r\n.`),
    server("250 2.0.0 Ok: queued"),
    client("QUIT"),
    server("221 2.0.0 Bye"),
  ];
}

/** A query of `h000000.example` for A, or its answer. */
export function dns(isAnswer: boolean): Buffer {
  const header = uint16s(0x1234, isAnswer ? 0x8180 : 0x0100, 1, isAnswer ? 1 : 0, 0, 0);
  const name = Buffer.from("\x07h000000\x07example\x00", "latin1");
  const question = Buffer.concat([header, name, uint16s(1, 1)]);
  if (!isAnswer) return question;
  return Buffer.concat([question, uint16s(0xc00c, 1, 1, 0, 300, 4), Buffer.of(198, 51, 100, 7)]);
}

/** NTP version 4, client (mode 3) or server (mode 4). */
export function ntp(mode: number): Buffer {
  const message = Buffer.alloc(48);
  message[0] = 0x20 | mode;
  message[1] = mode === 4 ? 2 : 0;
  return message;
}

/** RFC 8446, 4.1.2, with server_name (RFC 6066) and supported_versions. */
export function tlsClientHello(): Buffer {
  const name = Buffer.from("h000000.shop.example");
  const extensions = Buffer.concat([
    uint16s(0, name.length + 5, name.length + 3),
    Buffer.of(0),
    uint16s(name.length),
    name,
    uint16s(43, 5),
    Buffer.of(4),
    uint16s(0x0304, 0x0303),
    uint16s(10, 4, 2, 29),
    uint16s(13, 4, 2, 0x0403),
  ]);
  const body = Buffer.concat([
    uint16s(0x0303),
    filler(32),
    Buffer.of(0),
    uint16s(4, 0x1301, 0xc02f, 0x0100, extensions.length),
    extensions,
  ]);
  return tlsRecord(22, handshake(1, body));
}

export function tlsServerHello(): Buffer {
  const body = Buffer.concat([
    uint16s(0x0303),
    filler(32),
    Buffer.of(0),
    uint16s(0x1301),
    Buffer.of(0),
    uint16s(6, 43, 2, 0x0304),
  ]);
  return Buffer.concat([tlsRecord(22, handshake(2, body)), tlsRecord(20, Buffer.of(1))]);
}

export function tlsApplicationData(sizeBytes: number): Buffer {
  return tlsRecord(23, filler(sizeBytes));
}

function tlsRecord(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), uint16s(0x0303, body.length), body]);
}

function handshake(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type, 0), uint16s(body.length), body]);
}

/** Bytes that look like no protocol and hold no six zeros in a row. */
export function filler(sizeBytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, index) => 0x80 | (index * 37)));
}

const segmentSizeMaxBytes = 1448;

export function segments(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / segmentSizeMaxBytes);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * segmentSizeMaxBytes, (index + 1) * segmentSizeMaxBytes),
  );
}

function uint16s(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) bytes.writeUInt16BE(number, index * 2);
  return bytes;
}
