import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONFIG = `
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[apiserver]
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost, DNS:kubernetes.default.svc
[kubelet]
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1
[kubelet-client]
extendedKeyUsage = clientAuth
`;

/**
 * Writes what the cluster's parts prove themselves with into a folder: `NAME.crt` and `NAME.key` for authority, apiserver, kubelet and
 * kubelet-client (the API server as the nodes know it), and `service-accounts.key`. Needs OpenSSL 3.
 */
export function writeCertificates(folder: string): void {
  const config = join(folder, 'openssl.cnf');
  writeFileSync(config, CONFIG);
  writeCertificate(folder, config, 'authority', []);
  const signed = ['-CA', join(folder, 'authority.crt'), '-CAkey', join(folder, 'authority.key')];
  for (const name of ['apiserver', 'kubelet', 'kubelet-client']) writeCertificate(folder, config, name, signed);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'service-accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
}

function writeCertificate(folder: string, config: string, name: string, signed: readonly string[]): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', join(folder, `${name}.key`)];
  const subject = ['-subj', `/CN=${name}`, '-days', '2', '-extensions', name, '-config', config];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...signed, '-out', join(folder, `${name}.crt`)], { stdio: 'pipe' });
}
