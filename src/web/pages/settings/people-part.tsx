import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changeUser,
  deleteUser,
  deleteUsersAction,
  inviteUser,
  newUserLink,
  type User,
  type UserLink,
  usersKey,
  useUsers,
  writeUsersAction,
} from "../../api/users.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { Ago } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed, useSignedIn } from "../../shell/session-context.ts";
import { Once } from "./once.tsx";
import { OwnPassword } from "./own-password.tsx";
import css from "./settings.module.css";

/** People who sign in with a browser, their links, and one's own password. */
export function PeoplePart(): React.ReactNode {
  const { t } = useTranslation();
  const { user: self } = useSignedIn();
  const mayWrite = useAllowed(writeUsersAction);
  const { data: users = [], error } = useUsers();
  const [link, setLink] = useState<{ name: string; link: UserLink } | null>(null);
  return (
    <>
      {error && <Notice kind="bad" title={t("people.none")} text={error.message} />}
      <Panel title={t("settings.people")}>
        {mayWrite && <Invite onLink={(name, made) => setLink({ name, link: made })} />}
        {link && <Once text={t("people.link", { name: link.name })} secret={link.link.url} />}
        <DataTable<User>
          label={t("settings.people")}
          rows={users}
          keyOf={({ id }) => id}
          columns={[
            {
              key: "name",
              title: t("column.name"),
              show: ({ name }) => name,
              sortBy: ({ name }) => name,
            },
            { key: "where", title: t("people.where"), show: ({ issuer }) => issuer ?? "Nightcap" },
            {
              key: "state",
              title: t("column.state"),
              show: (user) => (
                <span
                  className={css["state"]}
                  data-state={stateOf(user) === "enabled" ? "on" : "off"}
                >
                  {t(`people.${stateOf(user)}`)}
                </span>
              ),
              sortBy: stateOf,
            },
            {
              key: "seen",
              title: t("people.signedIn"),
              show: ({ signedInTime }) =>
                signedInTime === null ? "–" : <Ago time={signedInTime} />,
              sortBy: ({ signedInTime }) => signedInTime ?? "",
            },
            {
              key: "acts",
              title: t("settings.acts"),
              show: (user) =>
                user.id !== self.id && (
                  <PersonActs
                    user={user}
                    onLink={(made) => setLink({ name: user.name, link: made })}
                  />
                ),
            },
          ]}
        />
      </Panel>
      {self.kind === "user" && <OwnPassword />}
    </>
  );
}

const stateOf = ({ disabled, hasPassword, kind }: User): string =>
  disabled ? "disabled" : hasPassword || kind === "oidc" ? "enabled" : "invited";

function Invite({ onLink }: { onLink: (name: string, link: UserLink) => void }): React.ReactNode {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  return (
    <div className={css["form"]}>
      <Field
        label={t("people.newName")}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <ActButton
        kind="first"
        words={t("people.invite")}
        act={() => inviteUser(name.trim())}
        changes={[usersKey]}
        onDone={(user) => {
          onLink(user.name, user.link);
          setName("");
        }}
      />
    </div>
  );
}

function PersonActs({
  user: { id, name, kind, disabled },
  onLink,
}: {
  user: User;
  onLink: (link: UserLink) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayWrite = useAllowed(writeUsersAction);
  const mayDelete = useAllowed(deleteUsersAction);
  return (
    <div className={css["rowActs"]}>
      {mayWrite && kind === "user" && !disabled && (
        <ActButton
          words={t("people.newLink")}
          label={t("people.newLinkOf", { name })}
          act={() => newUserLink(id)}
          changes={[usersKey]}
          onDone={onLink}
        />
      )}
      {mayWrite && (
        <ActButton
          words={t(disabled ? "people.enable" : "people.disable")}
          label={t(disabled ? "people.enableOf" : "people.disableOf", { name })}
          act={() => changeUser(id, { disabled: !disabled })}
          changes={[usersKey]}
        />
      )}
      {mayDelete && (
        <ActButton
          kind="danger"
          words={t("settings.delete")}
          label={t("settings.deleteOf", { name })}
          question={{ title: t("settings.deleteOf", { name }), text: t("people.deleteText") }}
          act={() => deleteUser(id)}
          changes={[usersKey]}
        />
      )}
    </div>
  );
}
