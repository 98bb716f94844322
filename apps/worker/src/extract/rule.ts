import type { PageFacts } from './page-facts.js';

/** One place where a page may say a field: raw candidates in order of preference. */
export type Rule = (facts: PageFacts) => readonly (string | null | undefined)[];

/**
 * The first candidate, rule by rule, that `accept` makes something of. A rule that throws is passed over, so that one
 * strange page part costs at most its own field.
 */
export function firstValid<T>(
  facts: PageFacts,
  rules: readonly Rule[],
  accept: (candidate: string, facts: PageFacts) => T | null,
): T | null {
  for (const rule of rules) {
    const found = tryRule(facts, rule, accept);
    if (found !== null) return found;
  }
  return null;
}

/** The rule "what the `meta` elements of these names say", in the order of the names. */
export function meta(...names: readonly string[]): Rule {
  return (facts) => names.flatMap((name) => facts.metas.get(name) ?? []);
}

function tryRule<T>(
  facts: PageFacts,
  rule: Rule,
  accept: (candidate: string, facts: PageFacts) => T | null,
): T | null {
  try {
    for (const candidate of rule(facts)) {
      const value = typeof candidate === 'string' ? accept(candidate, facts) : null;
      if (value !== null) return value;
    }
  } catch {
    // passed over, as promised above
  }
  return null;
}
