import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  assignmentsKey,
  deleteAssignmentsAction,
  giveRole,
  type RoleAssignment,
  type RoleDefinition,
  takeRole,
  useRoleAssignments,
  useRoleDefinitions,
  writeAssignmentsAction,
} from "../../api/roles.ts";
import { useServicePrincipals } from "../../api/service-principals.ts";
import { useUsers } from "../../api/users.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed, useSignedIn } from "../../shell/session-context.ts";
import css from "./settings.module.css";

interface Principal {
  id: string;
  name: string;
  type: "User" | "ServicePrincipal";
}

/** Who may do what, and where: Azure's role assignments. */
export function RolesPart(): React.ReactNode {
  const { t } = useTranslation();
  const mayWrite = useAllowed(writeAssignmentsAction);
  const { data: assignments = [], error } = useRoleAssignments();
  const { data: roles = [] } = useRoleDefinitions();
  const principals = usePrincipals();
  const nameOf = ({ properties }: RoleAssignment): string =>
    principals.find(({ id }) => id === properties.principalId)?.name ?? properties.principalId;
  const roleOf = ({ properties }: RoleAssignment): string =>
    roles.find(({ name }) => properties.roleDefinitionId.endsWith(`/${name}`))?.properties
      .roleName ?? properties.roleDefinitionId;
  return (
    <>
      {error && <Notice kind="bad" title={t("roles.none")} text={error.message} />}
      <Panel title={t("settings.roles")}>
        {mayWrite && principals.length > 0 && roles.length > 0 && (
          <Give principals={principals} roles={roles} />
        )}
        <DataTable<RoleAssignment>
          label={t("settings.roles")}
          rows={assignments}
          keyOf={({ id }) => id}
          columns={[
            { key: "who", title: t("roles.who"), show: nameOf, sortBy: nameOf },
            { key: "role", title: t("roles.role"), show: roleOf, sortBy: roleOf },
            {
              key: "scope",
              title: t("roles.scope"),
              show: ({ properties }) => <code>{properties.scope}</code>,
              sortBy: ({ properties }) => properties.scope,
            },
            {
              key: "acts",
              title: t("settings.acts"),
              show: (each) => <Take assignment={each} who={nameOf(each)} role={roleOf(each)} />,
            },
          ]}
        />
      </Panel>
    </>
  );
}

/** Of those that this person may see. */
function usePrincipals(): Principal[] {
  const { data: users = [] } = useUsers();
  const { data: programs = [] } = useServicePrincipals();
  return [
    ...users.map(({ id, name }): Principal => ({ id, name, type: "User" })),
    ...programs.map(({ appId, displayName }): Principal => ({
      id: appId,
      name: displayName,
      type: "ServicePrincipal",
    })),
  ];
}

function Give({
  principals,
  roles,
}: {
  principals: readonly Principal[];
  roles: readonly RoleDefinition[];
}): React.ReactNode {
  const { t } = useTranslation();
  const { subscriptionId } = useSignedIn();
  const [who, setWho] = useState(principals[0]?.id ?? "");
  const [role, setRole] = useState(roles[0]?.id ?? "");
  const [scope, setScope] = useState(`/subscriptions/${subscriptionId}`);
  const type = principals.find(({ id }) => id === who)?.type ?? "User";
  return (
    <div className={css["form"]}>
      <Select
        label={t("roles.who")}
        value={who}
        choices={principals.map(({ id, name }) => ({ value: id, words: name }))}
        choose={setWho}
      />
      <Select
        label={t("roles.role")}
        value={role}
        choices={roles.map(({ id, properties }) => ({ value: id, words: properties.roleName }))}
        choose={setRole}
      />
      <div className={css["broad"]}>
        <Field
          label={t("roles.scope")}
          value={scope}
          onChange={({ target }) => setScope(target.value)}
        />
      </div>
      <ActButton
        kind="first"
        words={t("roles.give")}
        act={() =>
          giveRole({ principalId: who, principalType: type, roleDefinitionId: role, scope })
        }
        changes={[assignmentsKey]}
      />
    </div>
  );
}

function Take({
  assignment,
  who,
  role,
}: {
  assignment: RoleAssignment;
  who: string;
  role: string;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayTake = useAllowed(deleteAssignmentsAction);
  if (!mayTake) return null;
  return (
    <div className={css["rowActs"]}>
      <ActButton
        kind="danger"
        words={t("roles.take")}
        label={t("roles.takeOf", { who, role })}
        question={{ title: t("roles.takeOf", { who, role }), text: t("roles.takeText") }}
        act={() => takeRole(assignment)}
        changes={[assignmentsKey]}
      />
    </div>
  );
}
