/** What checks a manifest, that it takes for `this`. */
interface Kind {
  readonly prototype: { readonly validate: (this: unknown) => void };
}

/** What doesn't fit the schema of a manifest's kind, as the API server has it; fields that it doesn't name included, which the API server would pass over or refuse. */
export async function misfits(manifest: object): Promise<readonly string[]> {
  const { apiVersion, kind } = manifest as { readonly apiVersion: string; readonly kind: string };
  const kinds = (await import(moduleOf(apiVersion))) as Readonly<Record<string, Kind | undefined>>;
  const schema = kinds[kind];
  if (schema === undefined) return [`${apiVersion} has no ${kind}`];
  const unread = new Set<string>();
  try {
    schema.prototype.validate.call(watched(manifest, '', unread));
  } catch (error) {
    return [(error as Error).message];
  }
  return [...unread].map((path) => `${kind} has no ${path}`);
}

function moduleOf(apiVersion: string): string {
  const [group = ''] = apiVersion.split('/');
  return group === 'keda.sh' ? `@kubernetes-models/keda/${apiVersion}` : `kubernetes-models/${apiVersion}`;
}

/** A value in which each field is unread until somebody reads it: schemas are compiled to code that reads what they name. */
function watched<Value>(value: Value, path: string, unread: Set<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Array.isArray(value) ? [] : Object.keys(value);
  for (const field of fields) unread.add(`${path}.${field}`);
  return new Proxy(value, {
    get(target, field) {
      const below = `${path}.${String(field)}`;
      unread.delete(below);
      return watched(Reflect.get(target, field) as unknown, below, unread);
    },
  });
}
