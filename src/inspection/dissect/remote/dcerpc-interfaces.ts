import { uint16In, uint32In } from "../../file/bytes.ts";

const uuidSizeBytes = 16;

/** Wireshark's names of interfaces, by identifier and major version; others show no name. */
const names: Readonly<Record<string, string>> = {
  "1ff70682-0a51-30e8-076d-740be8cee98b 1": "atsvc",
  "b97db8b2-4c63-11cf-bff6-08002be23f2f 3": "clusapi",
  "333a2276-0000-0000-0d00-00809c000000 3": "conv",
  "00020400-0000-0000-c000-000000000046 0": "dispatch",
  "50abc2a4-574d-40b3-9d66-ee4fd5fba076 5": "dnsserver",
  "e3514235-4b06-11d1-ab04-00c04fc2dcd2 4": "drsuapi",
  "3919286a-b10c-11d0-9ba8-00c04fd92ef5 0": "dssetup",
  "c681d488-d850-11d0-8c52-00c04fd90f7e 1": "efs",
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa 3": "epm",
  "e1af8308-5d1f-11c9-91a4-08002b14a0fa 4": "epm4",
  "82273fdc-e32a-18c3-3f78-827929dc23ea 0": "eventlog",
  "4d37f2dd-ed93-0000-02c0-37cf1e000000 4": "fileexp",
  "4d37f2dd-ed43-0000-02c0-37cf2e000001 4": "fldb",
  "d049b186-814f-11d1-9a3c-00c04fc9b232 1": "frsapi",
  "f5cc59b4-4264-101a-8c59-08002b2f8426 1": "frsrpc",
  "897e2e5f-93f3-4376-9c9c-fd2277495c27 1": "frstrans",
  "a8e0653c-2744-4389-a61d-7373df8b2292 1": "fsrvp",
  "894de0c0-0d55-11d3-a322-00c04fa321a1 1": "initshutdown",
  "76f03f96-cdfd-44fc-a22c-64950a001209 1": "iremotewinspool",
  "000001a0-0000-0000-c000-000000000046 0": "isystemactivator",
  "12345778-1234-abcd-ef00-0123456789ab 0": "lsarpc",
  "a4f1db00-ca47-1067-b31f-00dd010662da 0": "mapi",
  "885d85fb-c754-4062-a0e7-6872ce0064f4 2": "mdssvc",
  "5a7b91f8-ff00-11d0-a9b2-00c04fb6e6fc 1": "messenger",
  "afa8bd80-7d8a-11c9-bef4-08002b102989 1": "mgmt",
  "4fc742e0-4a10-11cf-8273-00aa004ae673 3": "netdfs",
  "f5cc5a18-4264-101a-8c59-08002b2f8426 56": "nspi",
  "99fcfec4-5260-101b-bbcb-00aa0021347a 0": "oxid",
  "dea00002-6c97-11d1-8271-00a02442df7d 1": "pn_io_controller",
  "dea00001-6c97-11d1-8271-00a02442df7d 1": "pn_io_device",
  "00000000-0000-0000-0000-000000000000 1": "pn_io_implicitar",
  "dea00004-6c97-11d1-8271-00a02442df7d 1": "pn_io_parameterserver",
  "dea00003-6c97-11d1-8271-00a02442df7d 1": "pn_io_supervisor",
  "8d9f4e40-a03d-11ce-8f69-08003e30051b 1": "pnp",
  "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57 0": "remact",
  "00000131-0000-0000-c000-000000000046 0": "remunk",
  "00000143-0000-0000-c000-000000000046 0": "remunk2",
  "1544f5e0-613c-11d1-93df-00c04fd7bd09 1": "rfr",
  "6bffd098-a112-3610-9833-012892020162 0": "rpc_browser",
  "12345678-1234-abcd-ef00-01234567cffb 1": "rpc_netlogon",
  "b1e338f8-9533-11c9-a34a-08001e019c1e 1": "rpriv",
  "8f09f000-b7ed-11ce-bbd2-00001a181cad 0": "rras",
  "4c878280-2000-0000-0d00-028714000000 1": "rs_acct",
  "4c878280-5000-0000-0d00-028714000000 1": "rs_misc",
  "4c878280-3000-0000-0d00-028714000000 1": "rs_pgo",
  "12345778-1234-abcd-ef00-0123456789ac 1": "samr",
  "12345678-1234-abcd-ef00-0123456789ab 1": "spoolss",
  "4b324fc8-1670-01d3-1278-5a47bf6ee188 3": "srvsvc",
  "367abb81-9844-35f1-ad32-98f038001003 2": "svcctl",
  "2f5f6520-ca46-1067-b319-00dd010662da 1": "tapi",
  "86d35949-83c9-4044-b424-db363231fd0c 1": "taskschedulerservice",
  "4da1c422-943d-11d1-acae-00c04fc2aa3f 1": "trksvr",
  "00020401-0000-0000-c000-000000000046 0": "typeinfo",
  "338cd001-2244-31f1-aaaa-900038001003 1": "winreg",
  "ccd8c074-d0e5-4a40-92b4-d074faa6ba28 1": "witness",
  "6bffd098-a112-3610-9833-46c3f87e345a 1": "wkssvc",
  "621dff68-3c39-4c6c-aae3-e68e2c6503ad 1": "wzcsvc",
};

/** Name of the interface whose identifier lies at `at`; null where none is known. */
export function interfaceName(
  bytes: Uint8Array,
  at: number,
  { version, little }: { version: number; little: boolean },
): string | null {
  return names[`${uuidText(bytes, at, little)} ${version}`] ?? null;
}

/** C706, appendix A: the first three fields are in the sender's byte order, the rest are bytes. */
function uuidText(bytes: Uint8Array, at: number, little: boolean): string {
  const head = [
    hex(uint32In(bytes, at, little), 8),
    hex(uint16In(bytes, at + 4, little), 4),
    hex(uint16In(bytes, at + 6, little), 4),
  ];
  let tail = "";
  for (let index = 8; index < uuidSizeBytes; index++) {
    if (index === 10) tail += "-";
    tail += hex(bytes[at + index] ?? 0, 2);
  }
  return `${head.join("-")}-${tail}`;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
