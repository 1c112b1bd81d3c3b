import { looksRandom } from './judge.ts';
import { after, endOfRun, from, nothing, type Place, type RedactionRule, type Span } from './span.ts';

/** Letters and digits, as in most tokens; `WIDE` with what base64url and separators add. */
const WORD = /[A-Za-z0-9_]*/y;
const WIDE = /[A-Za-z0-9_-]*/y;
const DOTTED = /[A-Za-z0-9._-]*/y;
const BASE64 = /[A-Za-z0-9+/=_-]*/y;

/** Tokens that their vendors made recognisable by a prefix, as their documentation describes them; `least` is the length in characters with the prefix. */
const PREFIXES: readonly (readonly [rule: string, prefix: string, run: RegExp, least: number])[] = [
  ['slack-token', 'xox[a-z][.-]|xapp-|xwfp-', /[A-Za-z0-9.-]*/y, 14],
  ['github-token', 'gh[opusr]_|github_pat_', WORD, 24],
  ['gitlab-token', 'gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-', DOTTED, 20],
  ['gitlab-token', 'GR1348941', WIDE, 25],
  ['stripe-key', '(?:sk|rk)_(?:live|test)_|whsec_', /[A-Za-z0-9_+/=]*/y, 24],
  ['google-key', 'AIza', WIDE, 35],
  ['google-key', 'ya29[.]|GOCSPX-', DOTTED, 24],
  ['npm-token', 'npm_', WORD, 36],
  ['package-token', 'pypi-AgE|rubygems_|dckr_pat_|dckr_oat_', WIDE, 24],
  ['vault-token', 'hv[sbr][.]', DOTTED, 20],
  ['sendgrid-key', 'SG[.]', DOTTED, 30],
  ['anthropic-key', 'sk-ant-', WIDE, 24],
  ['openai-key', 'sk-(?:proj|svcacct|admin|or-v1)-', WIDE, 24],
  ['ai-key', 'gsk_|hf_|r8_|pplx-|xai-', WIDE, 30],
  ['databricks-token', 'dapi(?=[a-f0-9]{32})', WIDE, 36],
  ['digitalocean-token', 'do[opr]_v1_', WORD, 40],
  ['work-token', 'lin_api_|lin_oauth_|figd_|ATATT3x|ATCTT3x|ATBB|PMAK-|secret_(?=[A-Za-z0-9]{43})|ntn_(?=[0-9]{11})', BASE64, 24],
  ['monitoring-token', 'gl(?:c|sa)_|NRAK-|sntry[su]_|dp[.](?:pt|st|ct|sa)[.]', BASE64, 24],
  ['cloud-token', 'tskey-|vc[piark]_|sbp_|pscale_(?:tkn|pw|oauth)_|pul-|HRKU-|fm[12]_|cfk_|cfut_|cfat_', BASE64, 24],
  ['shop-token', 'shp(?:at|ca|pa|ss)_|sq0(?:atp|csp)-|EAAA(?=[A-Za-z0-9_-]{56})', WIDE, 26],
  ['onepassword-token', 'ops_eyJ', BASE64, 60],
  ['age-key', 'AGE-SECRET-KEY-1', /[A-Z0-9-]*/y, 60],
  ['aws-session-token', 'FwoGZXIvYXdz|IQoJb3JpZ2lu', BASE64, 60],
];

/** Tokens by their shape. */
export const TOKEN_RULES: readonly RedactionRule[] = [
  ...PREFIXES.map(([rule, prefix, run, least]) => ({ rule, start: new RegExp(prefix, 'g'), span: beginning(from(run, least)) })),
  { rule: 'slack-webhook', start: /hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\//g, span: after(/[A-Za-z0-9/_-]*/y, 8) },
  { rule: 'chat-webhook', start: /discord(?:app)?\.com\/api\/webhooks\/|webhook\.office\.com\/webhookb2\//g, span: after(/[A-Za-z0-9/_@-]*/y, 16) },
  { rule: 'telegram-token', start: /(?<![0-9])[0-9]{8,10}:AA(?=[A-Za-z0-9_-]{32})/g, span: from(/[A-Za-z0-9_:-]*/y, 40) },
  { rule: 'aws-access-key-id', start: /(?<![A-Z0-9])A(?:KIA|SIA|BIA|CCA)(?=[A-Z0-9]{16}(?![A-Z0-9]))/g, span: from(/[A-Z0-9]*/y, 20) },
  { rule: 'azure-key', start: /==/g, span: behind(/(?<![A-Za-z0-9/+-])[A-Za-z0-9/+]{86}$/, 87, /=*/y) },
  { rule: 'azure-secret', start: /(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}[0-9]Q~(?=[A-Za-z0-9_~.-]{31})/g, span: from(/[A-Za-z0-9_~.-]*/y, 37) },
  { rule: 'twilio-key', start: /SK(?=[0-9a-f]{32}(?![0-9A-Za-z]))/g, span: beginning(from(WORD, 34)) },
  { rule: 'mail-key', start: /key-(?=[0-9a-f]{32}(?![0-9A-Za-z]))/g, span: beginning(from(WIDE, 36)) },
  { rule: 'mail-key', start: /-us(?=[0-9])/g, span: behind(/(?<![0-9A-Za-z])[0-9a-f]{32}$/, 33, WIDE) },
  { rule: 'openai-key', start: /sk-(?=[A-Za-z0-9]{20})/g, span: beginning(from(WIDE, 30, looksMixed)) },
  { rule: 'vault-token', start: /(?<![A-Za-z0-9_.-])s\.(?=[A-Za-z0-9]{24}(?![A-Za-z0-9_.-]))/g, span: from(DOTTED, 26, looksMixed) },
  { rule: 'terraform-token', start: /\.atlasv1\./g, span: behind(/(?<![A-Za-z0-9])[A-Za-z0-9]{14}$/, 15, DOTTED) },
  { rule: 'password-hash', start: /\$(?:2[abxy]|5|6|y|1|apr1|argon2(?:id?|d))\$/g, span: from(/[A-Za-z0-9./$=,+]*/y, 24) },
  // PostgreSQL's own form, in pg_authid and its dumps.
  { rule: 'password-hash', start: /md5(?=[0-9a-f]{32}(?![0-9A-Za-z]))/g, span: beginning(from(WORD, 35)) },
  { rule: 'password-hash', start: /SCRAM-SHA-256\$/g, span: from(/[A-Za-z0-9$:+/=-]*/y, 40) },
  { rule: 'jwt', start: /eyJ/g, span: webToken },
];

/** No letter, digit, dash or underscore before it: a token begins there. Looked at behind the prefix, which is rare, and not everywhere. */
function beginning(span: RedactionRule['span']): RedactionRule['span'] {
  return (text, place) =>
    /[A-Za-z0-9_-]/.test(text.charAt(place.index - 1)) && !/(?:%[0-9A-F]{2}|\\[nrt])$/i.test(text.slice(Math.max(0, place.index - 3), place.index))
      ? nothing(place.end)
      : span(text, place);
}

/** What ends a token stands in the match, and what begins it before: `most` characters back. */
function behind(body: RegExp, most: number, rest: RegExp): RedactionRule['span'] {
  return (text, { index, end }) => {
    const found = body.exec(text.slice(Math.max(0, index - most), index));
    return found === null ? nothing(end) : { start: index - found[0].length, end: endOfRun(text, end, rest), secret: true };
  };
}

function looksMixed(run: string): boolean {
  return looksRandom(run) && /\d/.test(run) && (/[A-Z]/.test(run) || /^sk-[0-9a-f]{32,}$/.test(run));
}

/** header.payload.signature, each base64url; RFC 7519. */
function webToken(text: string, { index }: Place): Span {
  const end = endOfRun(text, index, /[A-Za-z0-9._-]*/y);
  return { start: index, end, secret: end - index >= 24 && text.slice(index, end).split('.').length >= 3 };
}
