// Fields of protocols that are registered by name only, in tables; others have theirs with the protocol.
import { dataFields } from "./data-fields.ts";
import { igmpFields } from "./network/igmp-fields.ts";
import { greFields, mplsFields, vxlanFields } from "./network/tunnel-fields.ts";
import { ntpFields } from "./time-fields.ts";
import { dhcpFields } from "./network/dhcp-fields.ts";
import { ftpFields, smtpFields } from "./mail/line-fields.ts";
import { rtpFields } from "./voice/rtp-fields.ts";
import { sipFields } from "./voice/sip-fields.ts";
import { sshFields } from "./remote/ssh-fields.ts";
import { smb2Fields } from "./files/smb2-fields.ts";
import { quicFields } from "./web/quic-fields.ts";
import { radiotapFields, wlanFields } from "./link/wlan-fields.ts";
import type { Fields } from "./field.ts";

/** Fields by the name of the layer that holds them. */
export const fieldsByLayer: Readonly<Record<string, Fields>> = {
  data: dataFields,
  dhcp: dhcpFields,
  ftp: ftpFields,
  gre: greFields,
  igmp: igmpFields,
  mpls: mplsFields,
  ntp: ntpFields,
  quic: quicFields,
  radiotap: radiotapFields,
  rtp: rtpFields,
  sip: sipFields,
  smb2: smb2Fields,
  smtp: smtpFields,
  ssh: sshFields,
  vxlan: vxlanFields,
  wlan: wlanFields,
};
