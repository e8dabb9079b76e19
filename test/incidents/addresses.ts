import type { TestBed } from "../bed/bed.ts";

const firstNumber = 101;

/** Gives the internet more addresses, so that there are many to talk to. */
export async function addAddresses(bed: TestBed, count: number): Promise<string[]> {
  const addresses = Array.from({ length: count }, (_, at) => `198.51.100.${firstNumber + at}`);
  const input = addresses.map((address) => `address add ${address}/24 dev eth0\n`).join("");
  const { code, stderr } = await bed.exec("internet", "ip", ["-batch", "-"], { input });
  if (code !== 0) throw new Error(`ip: ${stderr.trim()}`);
  return addresses;
}
