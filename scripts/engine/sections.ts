import { createHash } from "node:crypto";
import { toYaml } from "./helm-yaml.ts";

/** A key of a release's values with what stands below it. */
interface Section {
  value: unknown;
  /** Of its JSON. */
  digest: string;
  /** Made when it is first asked for. */
  yaml?: string;
}

/**
 * The sections of releases' values, each once. Environments have most of them in common: of the text of 300, a twentieth is
 * different. So a section is held, hashed and made YAML of once, however many values have it.
 */
export class Sections {
  readonly #byJson = new Map<string, Section>();
  readonly #shared = new WeakMap<object, object>();
  readonly #sectionsOf = new WeakMap<object, Section[]>();

  /** The same values, made of the sections of earlier ones where these are equal. They may no longer be changed. */
  share(values: unknown): unknown {
    if (typeof values !== "object" || values === null || Array.isArray(values)) return values;
    const known = this.#shared.get(values);
    if (known) return known;
    const entries = Object.entries(values).map(([key, value]) => [key, this.#find(key, value)] as const);
    const shared = Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
    const sections = entries.map(([, section]) => section);
    for (const object of [values, shared]) {
      this.#shared.set(object, shared);
      this.#sectionsOf.set(object, sections);
    }
    return shared;
  }

  #find(key: string, value: unknown): Section {
    const json = JSON.stringify({ [key]: value });
    const section = this.#byJson.get(json) ?? { value, digest: createHash("sha256").update(json).digest("hex") };
    this.#byJson.set(json, section);
    return section;
  }

  /** The same for the same JSON, and another for any other. */
  digest(values: unknown): string {
    const digests = this.#of(values)?.map(({ digest }) => digest);
    const text = digests ? `{${digests.join(",")}}` : String(JSON.stringify(values));
    return createHash("sha256").update(text).digest("hex");
  }

  /** What `toYaml` gives. */
  yaml(values: unknown): string {
    const sections = this.#of(values);
    if (!sections || sections.length === 0) return toYaml(values);
    const keys = Object.keys(values as object);
    let text = "";
    for (const [index, section] of sections.entries()) {
      section.yaml ??= toYaml({ [keys[index] as string]: section.value });
      text += section.yaml;
    }
    return text;
  }

  #of(values: unknown): Section[] | undefined {
    const shared = this.share(values);
    return typeof shared === "object" && shared !== null ? this.#sectionsOf.get(shared) : undefined;
  }
}
