import { Tabs } from "@base-ui/react/tabs";
import { useTranslation } from "react-i18next";
import { readAuditAction } from "../../api/audit.ts";
import { allows } from "../../api/allowed.ts";
import { readHoldsAction } from "../../api/keeping.ts";
import { readTargetsAction } from "../../api/notification-targets.ts";
import { readAssignmentsAction } from "../../api/roles.ts";
import { readPrincipalsAction } from "../../api/service-principals.ts";
import { readUsersAction } from "../../api/users.ts";
import { useParameters } from "../../parts/address.ts";
import { useSignedIn } from "../../shell/session-context.ts";
import { AuditPart } from "./audit-part.tsx";
import { FeedsPart } from "./feeds-part.tsx";
import { HoldsPart } from "./holds-part.tsx";
import { KeysPart } from "./keys-part.tsx";
import { PeoplePart } from "./people-part.tsx";
import { PrincipalsPart } from "./principals-part.tsx";
import { RolesPart } from "./roles-part.tsx";
import { TabBar, TabPanel } from "../../parts/tab-bar.tsx";
import css from "./settings.module.css";
import { StoragePart } from "./storage-part.tsx";
import { TargetsPart } from "./targets-part.tsx";

const parts = [
  { name: "people", needs: readUsersAction, Part: PeoplePart },
  { name: "principals", needs: readPrincipalsAction, Part: PrincipalsPart },
  { name: "roles", needs: readAssignmentsAction, Part: RolesPart },
  { name: "targets", needs: readTargetsAction, Part: TargetsPart },
  { name: "feeds", needs: "Nightcap/threat-feeds/read", Part: FeedsPart },
  { name: "keys", needs: "Nightcap/tokenKeys/read", Part: KeysPart },
  { name: "storage", needs: "Nightcap/storage/read", Part: StoragePart },
  { name: "holds", needs: readHoldsAction, Part: HoldsPart },
  { name: "audit", needs: readAuditAction, Part: AuditPart },
] as const;

/** Who comes in, with which keys, where people are told, what is kept; each for whoever may read it. */
export function SettingsPage(): React.ReactNode {
  const { t } = useTranslation();
  const session = useSignedIn();
  const [parameters, change] = useParameters();
  const allowed = parts.filter(({ needs }) => allows(session, needs));
  const asked = allowed.find(({ name }) => name === parameters.get("part"));
  const shown = asked ?? allowed[0];
  if (!shown) return null;
  return (
    <div className={css["page"]}>
      <h1>{t("page.settings")}</h1>
      <Tabs.Root value={shown.name} onValueChange={(part: string) => change({ part })}>
        <TabBar
          label={t("page.settings")}
          names={allowed.map(({ name }) => name)}
          titleOf={(name) => t(`settings.${name}`)}
        />
        {allowed.map(({ name, Part }) => (
          <TabPanel key={name} name={name}>
            <Part />
          </TabPanel>
        ))}
      </Tabs.Root>
    </div>
  );
}
