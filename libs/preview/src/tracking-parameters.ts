/**
 * Query parameters that name the road a reader came by and never the page: dropped from the key and from what
 * is fetched. A parameter that some site uses to choose content does not belong here, whoever else tracks with it.
 */
const NAMES = new Set([
  '_hsenc',
  '_hsmi',
  'dclid',
  'fbclid',
  'gbraid',
  'gclid',
  'gclsrc',
  'igshid',
  'mc_cid',
  'mc_eid',
  'mkt_tok',
  'msclkid',
  'oly_anon_id',
  'oly_enc_id',
  'srsltid',
  'ttclid',
  'twclid',
  'vero_id',
  'wbraid',
  'wickedid',
  'yclid',
]);

const PREFIXES = ['utm_', 'hsa_'];

/** Whether a query parameter of this name (as written, any case) only tracks. */
export function isTrackingParameter(name: string): boolean {
  const lower = name.toLowerCase();
  return NAMES.has(lower) || PREFIXES.some((prefix) => lower.startsWith(prefix));
}
