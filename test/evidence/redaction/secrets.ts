/**
 * Made-up secrets in the forms in which they turn up in logs, manifests, plans and messages. Put together at run time, so that no
 * scanner takes this file for a leak.
 */
const of = (...parts: string[]) => parts.join('');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const ESC = '\u001b';

const WORD = of('hun', 'ter', '2xK');
const LONG = of('q7Zp', '2mVx', 'W9sL', '4tRb');
const AWS_ID = of('AKI', 'A', 'QX7EXAMPLE7QX7RT');
const AWS_KEY = of('wJa1rXUtn', 'FEMI/K7MDENG', '/bPxRf1CYq', 'Zk3TpLw8s');
const AWS_PLAIN = of('Zk3TpLw8sQ', 'bPxRf1CYqJ', 'a1rXUtnFEM', 'IK7MDENGv9');
const GITHUB = of('gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8');
const GITHUB_FINE = of('github', '_pat_', '11ABCDEFG0', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2');
const GITHUB_APP = of('gh', 's_', '16C7e42F292c6912E7710c838347Ae178B4a');
const GITLAB = of('gl', 'pat-', 'x9Yk2LmQ7vRt5WpZ3nBd');
const STRIPE = of('sk', '_live_', '51H8aBcDeFgHiJkLmNoPqRsTu');
const STRIPE_HOOK = of('wh', 'sec_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4');
const GOOGLE = of('AI', 'za', 'SyD4x7Kq2Lm9Np5Rt8Vw3Yz6Bc1Ef0Gh2Jk');
const GOOGLE_OAUTH = of('ya', '29.', 'a0AfH6SMBx7Kq2Lm9Np5Rt8Vw3Yz6Bc1Ef0Gh2Jk4');
const AZURE_STORAGE = of('Eby8vdM02xNO', 'cqFlqUwJPLlmEt', 'lCDXJ1OUzFT50uSRZ6', 'IFsuFq2UVErCz4I6tq/K1', 'SZFPTOtr/KBHBeksoGM', 'Gw==');
const AZURE_SIG = of('Zx8Kq2Lm9Np5Rt8V', 'w3Yz6Bc1Ef0Gh2Jk4', 'Lm6Pq8Rs0Tu%3D');
const AZURE_APP = of('k3', 'x8', 'Q~', 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3x');
const NPM = of('np', 'm_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8');
const VAULT = of('hv', 's.', 'CAESIJlWh2f9Kq3Lm7Np5Rt8Vw3Yz6Bc1Ef0');
const VAULT_OLD = of('s', '.', 'a1B2c3D4e5F6g7H8i9J0k1L2');
const SLACK = of('xo', 'xb-', '123456789012-1234567890123-', 'AbCdEfGhIjKlMnOpQrStUvWx');
const SLACK_APP = of('xa', 'pp-', '1-A0123456789-1234567890123-', 'abcdef0123456789abcdef');
const SLACK_PATH = of('T0123', 'ABCD/', 'B0123ABCD/', 'a1B2c3D4e5F6g7H8i9J0k1L2');
const SENDGRID = of('S', 'G.', 'ngeVfQFYQlKU0ufo8x5d1A', '.', 'TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr');
const TWILIO = of('S', 'K', '0123456789abcdef', '0123456789abcdef');
const TWILIO_AUTH = of('9f8e7d6c5b4a', '39281706f5e4', 'd3c2b1a0');
const OPENAI = of('s', 'k-', 'proj-', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8');
const OPENAI_OLD = of('s', 'k-', 'a1B2c3D4e5F6g7H8i9J0T3Blbk', 'FJm3N4o5P6q7R8s9T0');
const ANTHROPIC = of('s', 'k-ant-', 'api03-', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8-AA');
const HUGGING = of('h', 'f_', 'aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH');
const JWT = of('ey', 'JhbGciOiJIUzI1NiJ9', '.', 'ey', 'JzdWIiOiIxMjM0NTY3ODkwIn0', '.', 'dozjgNryP4J3jVmNHl0w5NXgL0n3I9PlFUP0THsR8U');
const TELEGRAM = of('1234567890', ':', 'AA', 'H7x2Kq9Lm3Np5Rt8Vw1Yz6Bc4Ef0Gh2JkLm');
const PYPI = of('py', 'pi-', 'AgEIcHlwaS5vcmcCJDg3x8K2Lm9Np5Rt8Vw3Yz6');
const DOCKER = of('dckr', '_pat_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N');
const GRAFANA = of('gl', 'sa_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6_', '0a1b2c3d');
const DATABRICKS = of('da', 'pi', '0123456789abcdef', '0123456789abcdef');
const BCRYPT = of('$2', 'b$12$', 'R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW');
const BODY = [
  'MIIEowIBAAKCAQEA7x2Kq9Lm3Np5Rt8Vw1Yz6Bc4Ef0Gh2JkLm8Np5Rt8Vw3Yz6Bc1',
  'Ef0Gh2Jk4Lm6Pq8Rs0TuVw2Xy4Za6Bc8De0Fg2Hi4Jk6Lm8No0Pq2Rs4Tu6Vw8Xy0',
] as const;
const PEM = [of('-----BEGIN RSA ', 'PRIVATE KEY-----'), ...BODY, of('-----END RSA ', 'PRIVATE KEY-----')].join('\n');

/** What it is, the text, and what must not be left of it. */
export type Case = readonly [what: string, text: string, ...secrets: string[]];

function split(secret: string, by: string): string {
  return [secret.slice(0, 5), secret.slice(5, 9), secret.slice(9)].join(by);
}

export const SECRETS: readonly Case[] = [
  ['a variable', `DB_PASSWORD=${WORD}`, WORD],
  ['a variable that ends in PASS', `export DB_PASS=${WORD}`, WORD],
  ['a variable that ends in PWD', `MYSQL_PWD=${WORD}`, WORD],
  ['a variable whose value has separators', `DB_PASSWORD=a&${WORD};x`, WORD],
  ['a quoted variable with blanks', `REDIS_PASSWORD="correct ${WORD} staple"`, WORD],
  ['a variable of PostgreSQL', `PGPASSWORD=${WORD} psql -h db`, WORD],
  ['a variable that is a word', 'SECRET_KEY=geheimnis', 'geheimnis'],
  ['a variable of a token', 'API_TOKEN=geheimnis', 'geheimnis'],
  ['a property', `spring.datasource.password=${WORD}`, WORD],
  ['a property in camel case', `dbPass: ${WORD}`, WORD],
  ['a password of letters', 'passwd: geheim', 'geheim'],
  ['a password in German', `Passwort: ${WORD}`, WORD],
  ['YAML', `  password: ${WORD}`, WORD],
  ['a YAML block', `password: |\n  ${WORD}\nnext: 1`, WORD],
  ['a YAML name and value', `- name: DB_PASSWORD\n  value: ${WORD}`, WORD],
  ['a YAML name and value, quoted', `env:\n  - name: "API_TOKEN"\n    value: "${LONG}"`, LONG],
  ['a YAML value before its name', `- value: ${WORD}\n  name: REDIS_PASSWORD`, WORD],
  ['a JSON name and value', `{"name":"DB_PASSWORD","value":"${WORD}"}`, WORD],
  ['a JSON name and value on lines of their own', `{\n  "name": "DB_PASS",\n  "value": "${WORD}"\n}`, WORD],
  ['a JSON value before its name', `{"value":"${WORD}","name":"DB_PASSWORD"}`, WORD],
  ['a JSON name and value in JSON', JSON.stringify(JSON.stringify({ name: 'DB_PASSWORD', value: WORD })), WORD],
  ['a key and a value', `{"Key":"db_password","Value":"${WORD}"}`, WORD],
  ['an attribute', `<add key="DbPassword" value="${WORD}" />`, WORD],
  ['an element', `<password>${WORD}</password>`, WORD],
  ['JSON', `{"clientSecret":"${LONG}"}`, LONG],
  ['JSON in JSON', JSON.stringify({ message: JSON.stringify({ password: WORD }) }), WORD],
  ['a description of kubectl', `    Environment:\n      DB_PASSWORD:                 ${WORD}\n      PORT:   8080`, WORD],
  ['a description with a wide column', `      REDIS_PASSWORD:${' '.repeat(60)}${WORD}`, WORD],
  ['a table', `NAME            VALUE\nDB_PASSWORD     ${WORD}\nPORT            80`, WORD],
  [
    'a Secret in YAML',
    `apiVersion: v1\ndata:\n  color: ${base64(WORD)}\n  shape: ${base64('round9')}\nkind: Secret\n`,
    base64(WORD),
    base64('round9'),
  ],
  ['a Secret with plain values', `kind: Secret\nmetadata:\n  name: x\nstringData:\n  color: ${WORD}\n`, WORD],
  ['a Secret with a block', `kind: Secret\nstringData:\n  settings: |\n    color ${WORD}\n    round\ntype: Opaque\n`, WORD],
  ['a Secret in JSON', `{"apiVersion":"v1","kind":"Secret","data":{"color":"${base64(WORD)}"}}`, base64(WORD)],
  [
    'a Secret in JSON, kind last',
    JSON.stringify({ data: { color: base64(WORD), b: base64('two22') }, kind: 'Secret' }, null, 2),
    base64(WORD),
    base64('two22'),
  ],
  [
    'a Secret in an annotation',
    `  annotations:\n    last-applied: |\n      ${JSON.stringify({ kind: 'Secret', stringData: { color: WORD } })}`,
    WORD,
  ],
  ['a literal of kubectl', `kubectl create secret generic x --from-literal=color=${WORD}`, WORD],
  ['a URL', `postgres://sark:${WORD}@db:5432/sark`, WORD],
  ['a URL with # in the password', `postgres://sark:a#${WORD}@db/sark`, WORD],
  ['a URL with / in the password', `postgres://sark:a/${WORD}@db/sark`, WORD],
  ['a URL with ? and @ in the password', `amqp://sark:a?b@${WORD}@mq:5672/`, WORD],
  ['a URL in JSON that escapes slashes', `{"url":"redis:\\/\\/:${WORD}@cache"}`, WORD],
  ['a URL with an encoded colon', `next=postgres%3A%2F%2Fsark%3A${WORD}%40db%2Fsark`, WORD],
  ['a URL with a token as its user', `https://${LONG}${LONG}:x-oauth-basic@github.com/a/b`, LONG],
  ['a name of a data source in Go', `sark:${WORD}@tcp(db:3306)/sark`, WORD],
  ['a connection string', `Server=db;User Id=sark;Password=${WORD};Encrypt=true`, WORD],
  ['a line of .pgpass', `db.internal:5432:sark:sark:${WORD}`, WORD],
  ['a line of .netrc', `machine db login sark password ${WORD}`, WORD],
  ['curl -u', `curl -u sark:${WORD} https://api/x`, WORD],
  ['curl --user in quotes', `curl --user 'sark:${WORD}' https://api/x`, WORD],
  ['--password', `mysqldump --password ${WORD} sark`, WORD],
  ['--password in a list', `args: ["--password", "${WORD}"]`, WORD],
  ['--token=', `vault login --token=${LONG}`, LONG],
  ['-p', `mysql -u sark -p ${WORD} sark`, WORD],
  ['-p without a blank', `mysql -u sark -p${WORD} sark`, WORD],
  ['docker login -p', `docker login -u sark -p ${WORD} registry`, WORD],
  ['sshpass -p', `sshpass -p ${WORD} ssh db`, WORD],
  ['redis-cli -a', `redis-cli -h cache -a ${WORD} ping`, WORD],
  ['AUTH in a monitor', `1700000000.1 [0 10.0.0.1:1] "AUTH" "${WORD}"`, WORD],
  ['requirepass', `requirepass ${WORD}`, WORD],
  ['ALTER ROLE', `ALTER ROLE sark WITH PASSWORD '${WORD}'`, WORD],
  ['IDENTIFIED BY', `CREATE USER sark IDENTIFIED BY '${WORD}'`, WORD],
  ['a sentence', `the password is ${WORD}, please change it`, WORD],
  ['a login of a registry', `{"auths":{"registry":{"auth":"${base64(`sark:${WORD}`)}"}}}`, base64(`sark:${WORD}`)],
  [
    'logins of registries in base64',
    `.dockerconfigjson: ${base64(JSON.stringify({ auths: { r: { auth: base64(`sark:${WORD}`) } } }))}`,
    base64(`"auth":`).slice(2, 6),
  ],
  ['npm’s login', `//registry.npmjs.org/:_authToken=${LONG}`, LONG],
  ['npm’s old login', `_auth=${base64(`sark:${WORD}`)}`, base64(`sark:${WORD}`)],
  ['a header', `Authorization: Bearer ${LONG}`, LONG],
  ['a header of a login', `authorization: Basic ${base64(`sark:${WORD}`)}`, base64(`sark:${WORD}`)],
  ['a scheme without its header', `sent Basic ${base64(`sark:${WORD}`)} to it`, base64(`sark:${WORD}`)],
  ['a bearer without its header', `using bearer ${LONG}`, LONG],
  ['a header of a key', `X-Api-Key: ${LONG}`, LONG],
  ['a header of Vault', `X-Vault-Token: ${LONG}`, LONG],
  ['a header of GitLab', `PRIVATE-TOKEN: ${LONG}`, LONG],
  ['a cookie', `Cookie: session=${LONG}; theme=dark`, LONG],
  ['a query', `GET /x?access_token=${LONG}&page=2`, LONG],
  ['a query of a word', 'GET /x?token=geheim&page=2', 'geheim'],
  ['a presigned URL', `https://b.s3.amazonaws.com/x?X-Amz-Signature=${TWILIO_AUTH}${TWILIO_AUTH}&X-Amz-Date=1`, TWILIO_AUTH],
  ['the id of an AWS key', `using ${AWS_ID} now`, AWS_ID],
  ['an AWS key with its name', `aws_secret_access_key = ${AWS_KEY}`, AWS_KEY],
  ['an AWS key alone', `key ${AWS_KEY} leaked`, AWS_KEY],
  ['an AWS key of letters and digits alone', AWS_PLAIN, AWS_PLAIN],
  ['an AWS session', `aws_session_token=${of('IQoJb3JpZ', '2lu')}${LONG.repeat(6)}`, LONG],
  ['an AWS key in base64', `blob ${base64(`aws_secret_access_key=${AWS_KEY}`)}`, base64(AWS_KEY).slice(8, 40)],
  ['an AWS key alone in base64', base64(AWS_KEY), base64(AWS_KEY)],
  ['the id of an AWS key in base64', base64(AWS_ID), base64(AWS_ID)],
  ['GitHub', `clone with ${GITHUB}`, GITHUB],
  ['GitHub, fine-grained', GITHUB_FINE, GITHUB_FINE],
  ['GitHub, of an app', `remote https://x-access-token:${GITHUB_APP}@github.com/a/b`, GITHUB_APP],
  ['GitHub in base64', `data ${base64(`token ${GITHUB}`)}`, base64(GITHUB).slice(8, 32)],
  ['GitLab', `using ${GITLAB} for it`, GITLAB],
  ['Stripe', `charge with ${STRIPE}`, STRIPE],
  ['Stripe’s webhooks', `endpoint ${STRIPE_HOOK}`, STRIPE_HOOK],
  ['Google', `https://maps/x?k=${GOOGLE}`, GOOGLE],
  ['Google, a session', `got ${GOOGLE_OAUTH}`, GOOGLE_OAUTH],
  ['Azure storage', `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${AZURE_STORAGE};EndpointSuffix=x`, AZURE_STORAGE.slice(0, 80)],
  ['Azure storage, alone', `key1 ${AZURE_STORAGE}`, AZURE_STORAGE.slice(0, 80)],
  ['Azure, shared access', `https://a.blob.core.windows.net/c?sv=2024&se=2026&sig=${AZURE_SIG}`, AZURE_SIG.slice(0, 40)],
  ['Azure, an app', `secret of the app: ${AZURE_APP}`, AZURE_APP],
  ['npm', `publish ${NPM}`, NPM],
  ['Vault', `token ${VAULT}`, VAULT],
  ['Vault, old', `token ${VAULT_OLD}`, VAULT_OLD],
  ['Slack', `posted with ${SLACK}`, SLACK],
  ['Slack, an app', SLACK_APP, SLACK_APP],
  ['Slack’s webhooks', `https://hooks.slack.com/services/${SLACK_PATH}`, SLACK_PATH],
  ['SendGrid', `mail by ${SENDGRID}`, SENDGRID],
  ['Twilio', `sms by ${TWILIO}`, TWILIO],
  ['Twilio’s login', `TWILIO_AUTH_TOKEN=${TWILIO_AUTH}`, TWILIO_AUTH],
  ['OpenAI', `asks ${OPENAI}`, OPENAI],
  ['OpenAI, old', `asks ${OPENAI_OLD}`, OPENAI_OLD],
  ['Anthropic', `asks ${ANTHROPIC}`, ANTHROPIC],
  ['Hugging Face', `pulls with ${HUGGING}`, HUGGING],
  ['a web token', `got ${JWT} back`, JWT],
  ['Telegram', `https://api.telegram.org/bot${TELEGRAM}/sendMessage`, TELEGRAM],
  ['PyPI', `upload ${PYPI}`, PYPI],
  ['Docker', `login ${DOCKER}`, DOCKER],
  ['Grafana', `GET with ${GRAFANA}`, GRAFANA],
  ['Databricks', `job ${DATABRICKS}`, DATABRICKS],
  ['a hash of a password', `sark:${BCRYPT}:1000`, BCRYPT],
  ['a private key', `key:\n${PEM}\nend`, BODY[0], BODY[1]],
  ['a private key in one line', `"private_key": "${PEM.replaceAll('\n', '\\n')}\\n"`, BODY[0], BODY[1]],
  ['a private key without its end', PEM.slice(0, 150), BODY[0].slice(0, 40)],
  ['a private key without its beginning', PEM.slice(60), BODY[1]],
  ['a private key in base64', `tls.key: ${base64(PEM)}`, base64(PEM).slice(60, 120)],
  ['a private key in wrapped base64', (base64(PEM).match(/.{1,76}/g) ?? []).join('\n'), base64(PEM).slice(80, 120)],
  ['split by colours', `DB_PASSWORD=${split(LONG, `${ESC}[0m`)}`, LONG.slice(5, 9)],
  ['a token split by colours', split(GITHUB, `${ESC}[31m`), GITHUB.slice(9)],
  ['a token split by colours in JSON', split(GITHUB, '\\u001b[31m'), GITHUB.slice(9)],
  ['a token split by zero-width spaces', split(SLACK, '\u200b'), SLACK.slice(9)],
  ['a token split by joiners and marks', split(STRIPE, '\u2060\ufeff'), STRIPE.slice(9)],
  ['a name split by a soft hyphen', `DB_PASS\u00adWORD=${WORD}`, WORD],
  ['in a URL', `next=%2Fx%3Fpassword%3D${WORD}`, WORD],
  ['a token in a URL', `next=${encodeURIComponent(`x-y: ${GITHUB}`)}`, GITHUB],
  ['bold in Slack', `*password:* \`${WORD}\``, WORD],
  ['bold without the colon', `*Password*: ${WORD}`, WORD],
  ['a name and a value in code', `\`api_key\`: \`${LONG}\``, LONG],
  ['a value in code', `the db password \`${LONG}\` still works`, LONG],
  ['whose password it is', `Password for user sark: ${LONG}`, LONG],
  ['in French', `mot de passe : ${LONG}`, LONG],
  ['a wide colon', `password\uff1a${LONG}`, LONG],
  ['in HTML', `<input value="password=&quot;${WORD}&quot;">`, WORD],
  ['a line of a Markdown table', `| DB_PASSWORD | ${LONG} |`, LONG],
  ['an arrow', `DB_PASSWORD -> ${LONG}`, LONG],
  ['what it was, and what it is', `DB_PASSWORD changed from 'a1${LONG}' to 'b2${LONG}'`, LONG],
  ['Redis MONITOR', `1700000.12 [0 127.0.0.1:6379] "AUTH" "default" "${WORD}"`, WORD],
  ['OpenSSL', `openssl rsa -in key.pem -passin pass:${WORD}`, WORD],
  ['Rails', `SECRET_KEY_BASE=${TWILIO_AUTH}`, TWILIO_AUTH],
  ['a line of CSV', `DB_HOST,db\nDB_PASSWORD,${LONG}\nDB_PORT,5432`, LONG],
  ['a name, and its value on the next line', `DB_PASSWORD\n${LONG}`, LONG],
  ['Oracle’s JDBC', `jdbc:oracle:thin:sark/${WORD}@//db:1521/orcl`, WORD],
  ['a personal access token', `AZURE_DEVOPS_PAT=${TWILIO_AUTH}`, TWILIO_AUTH],
  ['PagerDuty', `{"routing_key":"${TWILIO_AUTH}","event_action":"trigger"}`, TWILIO_AUTH],
  ['PostgreSQL’s md5', `create role sark encrypted password 'x' -- was md5${TWILIO_AUTH}`, TWILIO_AUTH],
  ['a one-time password', `OTP: ${of('493', '021')}`, of('493', '021')],
  ['a network drive', `net use Z: \\\\files\\ops ${WORD} /user:corp\\ada`, WORD],
  ['letters escaped in JSON', `{"pass\\u0077ord":"${WORD}"}`, WORD],
];

/** A secret that is known, because it is configured, in texts that say nothing about it. */
export const DATABASE = { url: `postgres://sark:${of('p@ss', '%2Fw', 'or7')}@db:5432/sark`, password: of('p@ss', '/w', 'or7') };
