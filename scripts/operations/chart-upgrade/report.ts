import { isMap } from "../../chart-types/defaults.ts";
import { count } from "../../problems/issue.ts";
import { formatTable } from "../text-table.ts";
import type { InEnvironments } from "./by-environment.ts";
import { type ChartVersion, hasEffect } from "./compare-versions.ts";
import type { CrdChange } from "./crd-changes.ts";
import { countLeaves, type DefaultChange } from "./default-changes.ts";
import { foldPlaces } from "./fold-places.ts";
import type { ObjectChange } from "./object-changes.ts";
import { showPlace, showValue } from "./place.ts";
import type { Rehearsal } from "./rehearse-upgrade.ts";
import type { ValueProblem } from "./value-problems.ts";

/** Lines of one list; what is left out is in the JSON. */
const maxLines = 40;

/** Text of a rehearsal: what breaks first. */
export function describeRehearsal(rehearsal: Rehearsal): string {
  const { chart, from, to, environments, applyCrds } = rehearsal;
  if (environments.length === 0) return `no environment has ${chart}: nothing of ours is affected`;
  const where = (one: InEnvironments) =>
    one.environments.length === environments.length ? "" : `(${one.environments.join(", ")})`;
  const { versions, failures, values, defaults, images, crds, objects } = rehearsal;
  const own = versions.find((one) => one.chart === chart);
  const title = `${chart} ${own ? describeVersion(own) : `${from} -> ${to}`}, with our values of ${environments.join(", ")}`;
  const sections = [
    section(
      failures.map((one) => [`${one.message} ${where(one)}`]),
      "the new version does not render",
    ),
    section(
      values.map((one) => [...describeProblem(one), where(one)]),
      `${count(values.length, "key")} of ours that it takes otherwise`,
    ),
    section(
      foldPlaces(defaults, maxLines).map(({ place, items }) => {
        const [only, ...others] = items;
        if (!only || others.length > 0) return [showPlace(place), describeMany(items)];
        return [showPlace(place), describeDefault(only), where(only)];
      }),
      `${count(defaults.length, "default")} that our values leave as they are`,
    ),
    section(
      [
        ...versions.filter((one) => one !== own).map((one) => [`chart ${one.chart}`, describeVersion(one)]),
        ...images.map((one) => [showPlace(one.place), describeDefault(one), where(one)]),
      ],
      "versions of images and subcharts",
    ),
    crdSection(crds, where, applyCrds),
    section(
      objects
        .filter(({ immutable }) => immutable)
        .map((one) => [nameOf(one), `${one.immutable?.join(", ")} cannot be changed: delete it first`, where(one)]),
      "objects that the upgrade fails on",
    ),
    section(
      objects
        .filter(({ pods }) => pods)
        .map((one) => [
          nameOf(one),
          [...(one.because ?? []), ...(one.pods === "byOperator" ? ["as its operator sees fit"] : [])].join("; "),
          where(one),
        ]),
      `pods of ${count(objects.filter(({ pods }) => pods).length, "workload")} that restart`,
    ),
    objectSection(objects, where),
  ].filter((lines) => lines.length > 0);
  const verdict = hasEffect(rehearsal) ? [] : ["nothing of ours is affected"];
  return [title, ...sections.flat(), ...verdict].join("\n");
}

function section(rows: string[][], title: string): string[] {
  if (rows.length === 0) return [];
  const lines = formatTable(rows.slice(0, maxLines)).map((line) => `  ${line}`.replaceAll("\n", "\n    "));
  const hidden = rows.length > maxLines ? [`  and ${rows.length - maxLines} more: --json has all`] : [];
  return ["", `${title}:`, ...lines, ...hidden];
}

function describeVersion({ version, appVersion }: ChartVersion): string {
  const arrow = ([before, after]: [string, string]) =>
    before === after ? before : `${before || "(none)"} -> ${after || "(none)"}`;
  return appVersion.every((one) => one === "") ? arrow(version) : `${arrow(version)} (app ${arrow(appVersion)})`;
}

function describeProblem({ place, kind, likely, message = "" }: ValueProblem): [string, string] {
  const hint = likely ? `: likely ${showPlace(likely)} now` : "";
  const what = {
    gone: `is gone, Helm would ignore it${hint}`,
    unnamed: `is no more a key that the chart names, though it takes any key there${hint}`,
    invalid: message,
  };
  return [showPlace(place), what[kind]];
}

function describeDefault({ kind, before, after }: DefaultChange): string {
  if (kind === "changed") return `${brief(before)} -> ${brief(after)}`;
  return kind === "came" ? `is new: ${brief(after)}` : `is gone, was ${brief(before)}`;
}

function brief(value: unknown): string {
  return isMap(value) && Object.keys(value).length > 0 ? count(countLeaves(value), "value") : showValue(value);
}

function describeMany(changes: DefaultChange[]): string {
  const kinds = Map.groupBy(changes, ({ kind }) => kind);
  const words = { changed: "changed", came: "new", went: "gone" };
  return [...kinds].map(([kind, all]) => `${all.length} ${words[kind]}`).join(", ");
}

type Where = (one: InEnvironments) => string;

function crdSection(crds: (CrdChange & InEnvironments)[], where: Where, applyCrds: string | undefined): string[] {
  const rows = crds.map((one) => [one.name, describeCrd(one), where(one)]);
  const advice = applyCrds
    ? [
        "  Helm installs what is in a folder crds/ with the first release, and neither upgrades nor removes it. On each",
        `  cluster, before the upgrade: ${applyCrds}`,
      ]
    : [];
  return [...section(rows, count(crds.length, "CRD")), ...advice];
}

function describeCrd({ kind, from, kept, details }: CrdChange): string {
  const about = details.length > 0 ? `: ${details.join("; ")}` : "";
  if (kind !== "goes") return `${kind}${from === "templates" ? ", by Helm" : ", by hand"}${about}`;
  if (from === "folder") return "goes: stays in the cluster until somebody deletes it";
  return kept ? "goes: Helm leaves it in the cluster" : "goes: Helm deletes it, with all objects of its kind";
}

function objectSection(objects: (ObjectChange & InEnvironments)[], where: Where): string[] {
  const marked = objects.filter(({ onlyMarks }) => onlyMarks);
  const others = objects.filter(({ onlyMarks, pods }) => !onlyMarks && !pods);
  const groups = Map.groupBy(others, (one) => [one.change, one.kind, where(one)].join("\n"));
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [[first.change, first.kind, `${list(group.map(({ name }) => name))} ${where(first)}`]] : [];
  });
  const note =
    marked.length > 0 ? [`  ${count(marked.length, "object")} more in checksums and version labels alone`] : [];
  const lines = section(rows.toSorted(byFirst), "other objects");
  return lines.length > 0 ? [...lines, ...note] : note.length > 0 ? ["", "objects:", ...note] : [];
}

function byFirst([a = ""]: string[], [b = ""]: string[]): number {
  const order = ["goes", "comes", "changes"];
  return order.indexOf(a) - order.indexOf(b);
}

/** Names of one line. */
const maxNames = 5;

function list(names: string[]): string {
  const more = names.length - maxNames;
  return more <= 0 ? names.join(", ") : `${names.slice(0, maxNames).join(", ")} and ${more} more`;
}

function nameOf({ kind, name, namespace }: ObjectChange): string {
  return `${kind} ${namespace ? `${namespace}/` : ""}${name}`;
}
