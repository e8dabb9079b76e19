// Names of versions and alerts, as people and RFC 8446 write them.

/** Version numbers of the record and handshake layers. */
export const tlsVersion = {
  ssl2: 0x0002,
  ssl3: 0x0300,
  tls12: 0x0303,
  tls13: 0x0304,
  dtls13: 0xfefc,
} as const;

const versionNames = new Map([
  [0x0002, "SSL 2.0"],
  [0x0300, "SSL 3.0"],
  [0x0301, "TLS 1.0"],
  [0x0302, "TLS 1.1"],
  [0x0303, "TLS 1.2"],
  [0x0304, "TLS 1.3"],
  [0x0101, "TLCP"],
  [0x0100, "DTLS 1.0 (OpenSSL before 0.9.8f)"],
  [0xfeff, "DTLS 1.0"],
  [0xfefd, "DTLS 1.2"],
  [0xfefc, "DTLS 1.3"],
]);

/** The name of a version; drafts of TLS 1.3 say which, others show their number. */
export function versionName(version: number): string {
  const name = versionNames.get(version);
  if (name !== undefined) return name;
  if (version >> 8 === 0x7f) return `TLS 1.3 (draft ${version & 0xff})`;
  return `0x${version.toString(16).padStart(4, "0")}`;
}

const alertNames = new Map([
  [0, "close_notify"],
  [10, "unexpected_message"],
  [20, "bad_record_mac"],
  [21, "decryption_failed"],
  [22, "record_overflow"],
  [30, "decompression_failure"],
  [40, "handshake_failure"],
  [41, "no_certificate"],
  [42, "bad_certificate"],
  [43, "unsupported_certificate"],
  [44, "certificate_revoked"],
  [45, "certificate_expired"],
  [46, "certificate_unknown"],
  [47, "illegal_parameter"],
  [48, "unknown_ca"],
  [49, "access_denied"],
  [50, "decode_error"],
  [51, "decrypt_error"],
  [60, "export_restriction"],
  [70, "protocol_version"],
  [71, "insufficient_security"],
  [80, "internal_error"],
  [86, "inappropriate_fallback"],
  [90, "user_canceled"],
  [100, "no_renegotiation"],
  [109, "missing_extension"],
  [110, "unsupported_extension"],
  [111, "certificate_unobtainable"],
  [112, "unrecognized_name"],
  [113, "bad_certificate_status_response"],
  [114, "bad_certificate_hash_value"],
  [115, "unknown_psk_identity"],
  [116, "certificate_required"],
  [120, "no_application_protocol"],
]);

export function alertName(description: number): string {
  return alertNames.get(description) ?? String(description);
}

/** True for a number that an alert may have; others are the ciphertext of one. */
export function isAlert(level: number, description: number): boolean {
  return (level === 1 || level === 2) && alertNames.has(description);
}
