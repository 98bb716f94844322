/** Resolves when a part is well, rejects with the reason otherwise. It has a deadline: a frozen server is a down one. */
export type PartCheck = () => Promise<unknown>;

export type PartStates<Part extends string> = Readonly<Record<Part, 'up' | 'down'>>;

/** Looks at all parts at once. Reasons go to `onDown`, not into the result, which strangers may read. */
export async function checkParts<Part extends string>(
  checks: Readonly<Record<Part, PartCheck>>,
  onDown: (part: Part, reason: unknown) => void,
): Promise<PartStates<Part>> {
  const parts = Object.keys(checks) as Part[];
  const states = await Promise.all(
    parts.map(async (part) => {
      try {
        await checks[part]();
        return [part, 'up'] as const;
      } catch (reason) {
        onDown(part, reason);
        return [part, 'down'] as const;
      }
    }),
  );
  return Object.fromEntries(states) as Record<Part, 'up' | 'down'>;
}
