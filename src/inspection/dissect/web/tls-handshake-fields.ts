import { uint16, uint24 } from "../../file/bytes.ts";
import type { Emit } from "../parsed-fields.ts";
import { isGrease } from "./tls-extensions.ts";

const message = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  certificateVerify: 15,
} as const;
const namedCurve = 3;
const itemCountMax = 1_000;
const randomSizeBytes = 32;
const decoder = new TextDecoder();

/** Lists that JA3 is made of, of one ClientHello. */
interface Ja3 {
  version: number;
  ciphers: number[];
  extensions: number[];
  groups: number[];
  formats: number[];
}

/** Tells what the body of one whole handshake message holds (RFC 8446, 4; RFC 5246, 7.4). */
export function readHandshake(type: number, bytes: Uint8Array, emit: Emit): void {
  if (type === message.clientHello) readClientHello(bytes, emit);
  else if (type === message.serverHello) readServerHello(bytes, emit);
  else if (type === message.certificate) readCertificates(bytes, emit);
  else if (type === message.serverKeyExchange) readServerKey(bytes, emit);
  else if (type === message.certificateRequest) readCertificateRequest(bytes, emit);
  else if (type === message.certificateVerify) readSignature(bytes, 0, emit);
}

/** RFC 8422, 5.4; keys of other kinds are passed over, as nothing in them tells what they are. */
function readServerKey(bytes: Uint8Array, emit: Emit): void {
  if (bytes[0] !== namedCurve) return;
  const signature = 4 + (bytes[3] ?? 0);
  emit("tls.handshake.server_curve_type", namedCurve);
  emit("tls.handshake.server_named_curve", uint16(bytes, 1));
  readSignature(bytes, signature, emit);
}

/** With its algorithm since TLS 1.2; the lengths tell. */
function readSignature(bytes: Uint8Array, at: number, emit: Emit): void {
  if (at + 4 + uint16(bytes, at + 2) === bytes.length) {
    emit("tls.handshake.sig_hash_alg", uint16(bytes, at));
    emit("tls.handshake.sig_len", uint16(bytes, at + 2));
  } else if (at + 2 + uint16(bytes, at) === bytes.length) {
    emit("tls.handshake.sig_len", uint16(bytes, at));
  }
}

function readCertificateRequest(bytes: Uint8Array, emit: Emit): void {
  const count = bytes[0] ?? 0;
  for (const type of bytes.subarray(1, 1 + count)) emit("tls.handshake.cert_type", type);
  const size = uint16(bytes, 1 + count);
  const names = 3 + count + size;
  if (names + 2 + uint16(bytes, names) !== bytes.length) return;
  emit("tls.handshake.sig_hash_alg_len", size);
  for (const algorithm of words(bytes, 3 + count, names))
    emit("tls.handshake.sig_hash_alg", algorithm);
}

/** Version, random bytes and session; where the hello goes on. */
function readHelloStart(bytes: Uint8Array, emit: Emit): number {
  let at = 0;
  emit("tls.handshake.version", uint16(bytes, at));
  at += 2;
  emit("tls.handshake.random", bytes.subarray(at, at + randomSizeBytes));
  at += randomSizeBytes;
  const size = bytes[at] ?? 0;
  emit("tls.handshake.session_id_length", size);
  if (size > 0) emit("tls.handshake.session_id", bytes.subarray(at + 1, at + 1 + size));
  return at + 1 + size;
}

function readClientHello(bytes: Uint8Array, emit: Emit): void {
  const ja3: Ja3 = {
    version: uint16(bytes, 0),
    ciphers: [],
    extensions: [],
    groups: [],
    formats: [],
  };
  let at = readHelloStart(bytes, emit);
  const size = uint16(bytes, at);
  emit("tls.handshake.cipher_suites_length", size);
  at += 2;
  for (const suite of words(bytes, at, at + size)) {
    emit("tls.handshake.ciphersuite", suite);
    ja3.ciphers.push(suite);
  }
  at += size;
  const methods = bytes[at] ?? 0;
  emit("tls.handshake.comp_methods_length", methods);
  for (const method of bytes.subarray(at + 1, at + 1 + methods))
    emit("tls.handshake.comp_method", method);
  readExtensions(bytes, at + 1 + methods, { emit, isClient: true, ja3 });
  emit("tls.handshake.ja3_full", ja3Text(ja3));
}

function readServerHello(bytes: Uint8Array, emit: Emit): void {
  const at = readHelloStart(bytes, emit);
  emit("tls.handshake.ciphersuite", uint16(bytes, at));
  emit("tls.handshake.comp_method", bytes[at + 2] ?? 0);
  readExtensions(bytes, at + 3, { emit, isClient: false, ja3: null });
}

interface Context {
  emit: Emit;
  isClient: boolean;
  ja3: Ja3 | null;
}

function readExtensions(bytes: Uint8Array, start: number, context: Context): void {
  if (start + 2 > bytes.length) return;
  const end = Math.min(bytes.length, start + 2 + uint16(bytes, start));
  context.emit("tls.handshake.extensions_length", uint16(bytes, start));
  let at = start + 2;
  for (let count = 0; count < itemCountMax && at + 4 <= end; count++) {
    const type = uint16(bytes, at);
    const size = uint16(bytes, at + 2);
    context.emit("tls.handshake.extension.type", type);
    context.emit("tls.handshake.extension.len", size);
    context.ja3?.extensions.push(type);
    readers[type]?.(bytes.subarray(at + 4, Math.min(end, at + 4 + size)), context);
    at += 4 + size;
  }
}

type ExtensionReader = (data: Uint8Array, context: Context) => void;

/** By the numbers of the IANA registry. */
const readers: Readonly<Record<number, ExtensionReader>> = {
  0: readServerName,
  10: (data, { emit, ja3 }) => {
    emit("tls.handshake.extensions_supported_groups_length", uint16(data, 0));
    for (const group of words(data, 2, data.length)) {
      emit("tls.handshake.extensions_supported_group", group);
      ja3?.groups.push(group);
    }
  },
  11: (data, { emit, ja3 }) => {
    for (const format of data.subarray(1, 1 + (data[0] ?? 0))) {
      emit("tls.handshake.extensions_ec_point_format", format);
      ja3?.formats.push(format);
    }
  },
  13: (data, { emit }) => {
    emit("tls.handshake.sig_hash_alg_len", uint16(data, 0));
    for (const algorithm of words(data, 2, data.length))
      emit("tls.handshake.sig_hash_alg", algorithm);
  },
  16: readAlpn,
  43: (data, { emit, isClient }) => {
    for (const version of words(data, isClient ? 1 : 0, data.length))
      emit("tls.handshake.extensions.supported_version", version);
  },
  51: readKeyShares,
};

function readServerName(data: Uint8Array, { emit }: Context): void {
  if (data.length < 5) return;
  emit("tls.handshake.extensions_server_name_list_len", uint16(data, 0));
  emit("tls.handshake.extensions_server_name_type", data[2] ?? 0);
  const size = uint16(data, 3);
  emit("tls.handshake.extensions_server_name_len", size);
  emit("tls.handshake.extensions_server_name", decoder.decode(data.subarray(5, 5 + size)));
}

function readAlpn(data: Uint8Array, { emit }: Context): void {
  emit("tls.handshake.extensions_alpn_len", uint16(data, 0));
  for (let at = 2; at < data.length; at += 1 + (data[at] ?? 0)) {
    const size = data[at] ?? 0;
    emit("tls.handshake.extensions_alpn_str_len", size);
    emit("tls.handshake.extensions_alpn_str", decoder.decode(data.subarray(at + 1, at + 1 + size)));
  }
}

function readKeyShares(data: Uint8Array, { emit, isClient }: Context): void {
  if (!isClient) {
    const kind = data.length === 2 ? "selected_group" : "group";
    emit(`tls.handshake.extensions_key_share_${kind}`, uint16(data, 0));
    return;
  }
  for (let at = 2; at + 4 <= data.length; at += 4 + uint16(data, at + 2))
    emit("tls.handshake.extensions_key_share_group", uint16(data, at));
}

/** The list of RFC 5246, 7.4.2; that of RFC 8446 is encrypted. */
function readCertificates(bytes: Uint8Array, emit: Emit): void {
  emit("tls.handshake.certificates_length", uint24(bytes, 0));
  let at = 3;
  for (let count = 0; count < itemCountMax && at + 3 <= bytes.length; count++) {
    const size = uint24(bytes, at);
    if (at + 3 + size > bytes.length) return;
    emit("tls.handshake.certificate_length", size);
    emit("tls.handshake.certificate", bytes.subarray(at + 3, at + 3 + size));
    at += 3 + size;
  }
}

function words(bytes: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start; at + 2 <= Math.min(end, bytes.length); at += 2)
    found.push(uint16(bytes, at));
  return found;
}

function ja3Text({ version, ciphers, extensions, groups, formats }: Ja3): string {
  const list = (values: number[]): string => values.filter((value) => !isGrease(value)).join("-");
  return [version, list(ciphers), list(extensions), list(groups), formats.join("-")].join(",");
}
