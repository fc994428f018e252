import { parse } from "yaml";
import { isMap } from "../chart-types/defaults.ts";

/** An object that a chart renders. */
export interface Manifest {
  kind: string;
  name: string;
  namespace: string;
  /** The file that it comes from, as Helm names it: `demo/charts/agent/templates/a.yaml`. */
  source: string;
  /** Its YAML. */
  text: string;
  /** Its fields: parsed when they are asked for, and once for all equal texts. */
  readonly object: Record<string, unknown>;
}

const parsed = new Map<string, Record<string, unknown>>();

/** The objects in what `helm template` prints. */
export function readManifests(rendered: string): Manifest[] {
  let source = "";
  return rendered.split(/^---.*$/m).flatMap((document): Manifest[] => {
    // Helm names a file once: the file may begin with a mark of its own, or hold several documents.
    source = /^# Source: (.*)$/m.exec(document)?.[1] ?? source;
    const kind = scalar(/^kind:(.*)$/m.exec(document)?.[1]);
    if (kind === "") return [];
    const text = document.replace(/^# Source: .*\n/m, "").trim();
    // CRDs are the most of a chart and rarely change: their name is found without parsing them.
    const [name, namespace] =
      kind === "CustomResourceDefinition"
        ? [scalar(/^ {2}name:(.*)$/m.exec(document)?.[1]), ""]
        : [textAt(parseOnce(text), "name"), textAt(parseOnce(text), "namespace")];
    const manifest = {
      ...{ kind, name, namespace, source, text },
      get object() {
        return parseOnce(text);
      },
    };
    return [manifest];
  });
}

function parseOnce(text: string): Record<string, unknown> {
  const known = parsed.get(text);
  if (known) return known;
  const value: unknown = parse(text, { uniqueKeys: false, logLevel: "error", maxAliasCount: -1 });
  const object = isMap(value) ? value : {};
  parsed.set(text, object);
  return object;
}

function textAt({ metadata }: Record<string, unknown>, key: string): string {
  return isMap(metadata) && metadata[key] !== undefined ? String(metadata[key]) : "";
}

function scalar(text = ""): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}
