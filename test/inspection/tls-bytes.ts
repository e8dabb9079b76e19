// TLS in bytes, for tests: records and messages, the hellos of RFC 8448, 3, and a certificate made with
// openssl for example.test, valid from 2026-11-21 07:24:50 to 2026-12-21 07:24:50 UTC.
import { hex, joined } from "./captures.ts";

export const clientHello = hex(`
  010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302
  010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301
  04002300000033002600240 01d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c
  002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d0002
  0101001c00024001`);

export const serverHello = hex(`
  020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e003300
  24001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304`);

export const certificate = hex(`
  308201ec30820192a00302010202146b0a1ad7f55c721b5cef519f495b9ff4f9bcf9aa300a06082a8648ce3d04030230
  2a3111300f060355040a0c084e696768746361703115301306035504030c0c6578616d706c652e74657374301e170d32
  36313132313037323435305a170d3236313232313037323435305a302a3111300f060355040a0c084e69676874636170
  3115301306035504030c0c6578616d706c652e746573743059301306072a8648ce3d020106082a8648ce3d0301070342
  000489d1cea67d00d4099ba7d66e21d0a7058be349c5f153e8a160acbc124788e88b3e9aca862551dffd566ad3977943
  b6f8febaae84d4e322be4be1563ecfa216a2a38195308192301d0603551d0e0416041456422eb3dd68b2e38948ce29d5
  039888074386b2301f0603551d2304183016801456422eb3dd68b2e38948ce29d5039888074386b2300f0603551d1301
  01ff040530030101ff303f0603551d1104383036820c6578616d706c652e74657374820e2a2e6578616d706c652e7465
  73748704c0000207871020010db8000000000000000000000007300a06082a8648ce3d0403020348003045022100c204
  22bad20e098b2c63a590b61a412e258d6880f6d6e333ba09012399ef76ab02207fdbc18deec6e52d0d908b2eef9a2ce1
  bb3f5cd7d40e1ef8643d47f5520ff855`);

const word = (value: number): number[] => [value >> 8, value & 255];

/** A record of a content type (22 handshake, 23 application data). */
export const record = (type: number, content: Uint8Array, version = 0x0303): Uint8Array =>
  joined(new Uint8Array([type, ...word(version), ...word(content.length)]), content);

/** A handshake message. */
export const message = (type: number, body: Uint8Array): Uint8Array =>
  joined(new Uint8Array([type, 0, ...word(body.length)]), body);

/** A server's choice without extensions. */
export const choice = (version: number, cipherSuite: number): Uint8Array =>
  message(2, new Uint8Array([...word(version), ...new Uint8Array(33), ...word(cipherSuite), 0]));

/** A Certificate message of TLS 1.2 with one certificate. */
export const certificateMessage = (der: Uint8Array): Uint8Array => {
  const size = [0, ...word(der.length)];
  return message(11, joined(new Uint8Array([0, ...word(der.length + 3), ...size]), der));
};
