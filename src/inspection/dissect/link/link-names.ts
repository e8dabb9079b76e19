// Link layers of which only the name is told (https://www.tcpdump.org/linktypes.html).
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const linkTypesByName: readonly (readonly [string, readonly number[]])[] = [
  ["ax25", [3]],
  ["usb", [186, 189, 220, 249, 266]],
  ["i2c", [199, 209]],
  ["ax25_kiss", [202]],
  ["lapd", [203]],
  ["flexray", [210]],
  ["lin", [212]],
  ["fc", [224]],
  ["fcsof", [225]],
  ["ipnet", [226]],
  ["can", [227]],
  ["dbus", [231]],
  ["dvb-ci", [235]],
  ["mux27010", [236]],
  ["netanalyzer", [240, 241]],
  ["rtacser", [250]],
  ["ipmi.trace", [260]],
  ["sdlc", [268]],
  ["loratap", [270]],
  ["vsock", [271]],
  ["nordic_ble", [272]],
  ["xra", [273]],
  ["dpauxmon", [275]],
  ["ebhscr", [279]],
  ["vpp", [280]],
  ["usbll", [288, 293, 294, 295]],
  ["etw", [290]],
  ["sita", [196]],
  ["erf", [197]],
  ["gfp", [170, 171]],
];

export const linkNames: readonly Protocol[] = linkTypesByName.map(([name, linkTypes]) => ({
  name,
  linkTypes,
  dissect: (frame: Frame, at: number): void => frame.enter(name, at),
}));
