import type { PageFacts, Sign } from './page-facts.js';

type Candidate = string | null | undefined;

/** One place where a page may say a field: raw candidates in order of preference. */
export interface Rule {
  /** As it stands in a preview's provenance. */
  readonly name: string;
  readonly candidates: (facts: PageFacts) => readonly Candidate[];
}

/** How a field is chosen: the places to look in, in order, and what makes a value of a candidate, or null. */
export interface Field<T> {
  readonly rules: readonly Rule[];
  readonly accept: (candidate: string, facts: PageFacts) => T | null;
}

/** A field's value, and the name of the rule that gave it. */
export interface Choice<T> {
  readonly value: T;
  readonly rule: string;
}

/**
 * The first candidate, rule by rule, that is accepted. A rule that throws is passed over, so that one strange page part
 * costs at most its own field.
 */
export function choose<T>(facts: PageFacts, { rules, accept }: Field<T>): Choice<T> | null {
  for (const rule of rules) {
    const value = tryRule(facts, rule, accept);
    if (value !== null) return { value, rule: rule.name };
  }
  return null;
}

export function rule(name: string, candidates: Rule['candidates']): Rule {
  return { name, candidates };
}

/** The rules "what the `meta` elements of this name say", one a name. */
export function metas(...names: readonly string[]): Rule[] {
  return names.map((name) => rule(name, (facts) => facts.metas.get(name) ?? []));
}

/** The rules "what the JSON-LD about the page says under this property", as texts; one a property. */
export function jsonLdTexts(...properties: readonly string[]): Rule[] {
  return properties.map((property) =>
    rule(`json-ld:${property}`, ({ jsonLd }) =>
      jsonLd.about().flatMap((node) => jsonLd.texts(node[property])),
    ),
  );
}

/** As `jsonLdTexts`, of nodes of a page's own types alone: an organization has a description, too. */
export function jsonLdPageTexts(...properties: readonly string[]): Rule[] {
  return properties.map((property) =>
    rule(`json-ld:${property}`, ({ jsonLd }) =>
      jsonLd.pages().flatMap((node) => jsonLd.texts(node[property])),
    ),
  );
}

/** The rules "what elements of these signs show", one a sign. */
export function shown(...signs: readonly string[]): Rule[] {
  return signs.map((sign) => rule(sign, (facts) => signsIn(facts, sign).map(({ text }) => text)));
}

/** The rule "what elements of this sign tell machines", by the first of these attributes that they have. */
export function told(sign: string, ...attributes: readonly string[]): Rule {
  return rule(sign, (facts) =>
    signsIn(facts, sign).map((one) =>
      attributes.map((attribute) => one.attributes[attribute]).find((value) => value !== undefined),
    ),
  );
}

export function signsIn(facts: PageFacts, sign: string): readonly Sign[] {
  return facts.signs.get(sign) ?? [];
}

function tryRule<T>(facts: PageFacts, { candidates }: Rule, accept: Field<T>['accept']): T | null {
  try {
    for (const candidate of candidates(facts)) {
      const value = typeof candidate === 'string' ? accept(candidate, facts) : null;
      if (value !== null) return value;
    }
  } catch {
    // passed over, as promised above
  }
  return null;
}
