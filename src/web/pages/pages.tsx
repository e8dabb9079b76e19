import type { ComponentType } from "react";
import { later } from "./later.tsx";
import { TonightPage } from "./tonight/tonight-page.tsx";

/** The pages that have a place in the bar, in the order of the night: what happened first. */
export const barPages: readonly { path: string; words: string; Page: ComponentType }[] = [
  { path: "/", words: "page.tonight", Page: TonightPage },
  {
    path: "/captures",
    words: "page.captures",
    Page: later(() => import("./captures/captures-page.tsx"), "CapturesPage"),
  },
  {
    path: "/traffic",
    words: "page.traffic",
    Page: later(() => import("./traffic/traffic-page.tsx"), "TrafficPage"),
  },
  {
    path: "/logs",
    words: "page.logs",
    Page: later(() => import("./logs/logs-page.tsx"), "LogsPage"),
  },
  {
    path: "/alerts",
    words: "page.alerts",
    Page: later(() => import("./alerts/alerts-page.tsx"), "AlertsPage"),
  },
  {
    path: "/hosts",
    words: "page.hosts",
    Page: later(() => import("./hosts/hosts-page.tsx"), "HostsPage"),
  },
  {
    path: "/inspect",
    words: "page.inspect",
    Page: later(() => import("./inspect/inspect-page.tsx"), "InspectPage"),
  },
  {
    path: "/settings",
    words: "page.settings",
    Page: later(() => import("./settings/settings-page.tsx"), "SettingsPage"),
  },
];

/** Pages without a place in the bar. */
export const otherPages: readonly { path: string; Page: ComponentType }[] = [
  {
    path: "/reference",
    Page: later(() => import("./reference/reference-page.tsx"), "ReferencePage"),
  },
  {
    path: "/captures/new",
    Page: later(() => import("./captures/form/new-capture-page.tsx"), "NewCapturePage"),
  },
];

/** Pages about one thing, by the last part of their address. */
export const thingPages: readonly { path: string; Page: ComponentType<{ id: string }> }[] = [
  {
    path: "/captures/:id",
    Page: later(() => import("./captures/capture-page.tsx"), "CapturePage"),
  },
  {
    path: "/traffic/ip/:id",
    Page: later(() => import("./traffic/ip-page.tsx"), "IpPage"),
  },
  {
    path: "/hosts/:id",
    Page: later(() => import("./hosts/host-page.tsx"), "HostPage"),
  },
  {
    path: "/incidents/:id",
    Page: later(() => import("./incident/incident-page.tsx"), "IncidentPage"),
  },
];
