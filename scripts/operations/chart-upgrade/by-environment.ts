/** The environments for which something holds, in order of name. */
export interface InEnvironments {
  environments: string[];
}

/** Puts together what is equal in several environments. */
export function groupByEnvironment<T extends object>(found: Iterable<[env: string, T[]]>): (T & InEnvironments)[] {
  const groups = new Map<string, T & InEnvironments>();
  for (const [env, all] of found) {
    for (const one of all) {
      const key = JSON.stringify(one);
      const group = groups.get(key) ?? { ...one, environments: [] };
      if (!group.environments.includes(env)) group.environments.push(env);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}
