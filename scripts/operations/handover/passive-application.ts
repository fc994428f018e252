import { helmMarks, type RenderedObject } from "./app-objects.ts";

/** Objects of the release argocd-apps with Helm's marks, and with Applications that do not sync by themselves. */
export function passive(objects: RenderedObject[], release: string): RenderedObject[] {
  return objects.map((object) => withHelmMarks(withoutAutomation(object), release));
}

function withoutAutomation(object: RenderedObject): RenderedObject {
  if (object.kind !== "Application") return object;
  const { automated: _, ...syncPolicy } = (object.spec?.syncPolicy ?? {}) as Record<string, unknown>;
  return { ...object, spec: { ...object.spec, syncPolicy } };
}

/** With these marks, Helm takes an existing object into the release. */
function withHelmMarks(object: RenderedObject, release: string): RenderedObject {
  const { labels, annotations } = helmMarks(release, object.metadata.namespace ?? "argocd");
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  };
}
