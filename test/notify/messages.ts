import type { NotificationMessage } from "../../src/notify/message.ts";
import { type TargetSettings, targetSettings } from "../../src/notify/target-settings.ts";

export function message(changes: Partial<NotificationMessage> = {}): NotificationMessage {
  return {
    incidentId: "8f2c1d3e4a5b6c7d",
    revision: 1,
    kind: "opened",
    severity: 1,
    title: "incident on web-01 opened (severity 1)",
    text: "92 % of the extra bytes went to 203.0.113.7:443.\n1 alert of 1 rule (net-out): 1 recorded",
    facts: [
      { name: "host", value: "web-01" },
      { name: "rules", value: "net-out" },
    ],
    links: [{ name: "report", url: "https://nightcap.example/reports/1" }],
    json: { rules: ["net-out"] },
    ...changes,
  };
}

/** Names as they may come out of packets. */
export const hostile = message({
  title: "incident on <!channel> & <script>alert(1)</script>\r\nBcc: x@example.org",
  text: "*bold* <!here> [link](https://evil.example) <b>\u202etxt\u0007 & `code`",
  facts: [{ name: "host", value: "<https://evil.example|web-01> ](https://evil.example)" }],
  links: [
    { name: "a|b>c", url: "https://ok.example/a|b?<c>\"'" },
    { name: "bad", url: "javascript:alert(1)" },
  ],
});

export function target(
  fields: Record<string, unknown> & { kind: TargetSettings["kind"] },
): TargetSettings {
  const network = fields.kind === "log" ? {} : { allowPrivateAddresses: true };
  return targetSettings.parse({ name: "ops", ...network, ...fields });
}
