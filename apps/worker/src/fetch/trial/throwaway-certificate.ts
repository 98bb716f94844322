import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

const DAY_MS = 86_400_000;

// X.509 in DER (RFC 5280), no more of it than a certificate for one host needs.
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = '550403';
const ALT_NAMES = '551d11';
const BASIC_CONSTRAINTS = '551d13';
const IS_AUTHORITY = extension(BASIC_CONSTRAINTS, sequence(der(0x01, Buffer.from([0xff]))));
const AUTHORITY = 'Warmlink trial';

/** PEM, both. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * A certificate authority that lives as long as the process: whoever trusts `cert` believes the certificates that it issues. Made here so that
 * no key lies in the repository and none expires.
 */
export class ThrowawayAuthority {
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly issued = new Map<string, Certificate>();
  readonly cert = this.signed(AUTHORITY, this.pair.publicKey, IS_AUTHORITY);

  /** For a host name, issued once. */
  issue(host: string): Certificate {
    const known = this.issued.get(host);
    if (known !== undefined) return known;
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const altNames = extension(ALT_NAMES, sequence(der(0x82, Buffer.from(host, 'latin1'))));
    const certificate = {
      cert: this.signed(host, publicKey, altNames),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    this.issued.set(host, certificate);
    return certificate;
  }

  private signed(subject: string, publicKey: KeyObject, what: Buffer): string {
    const toBeSigned = sequence(
      der(0xa0, integer(Buffer.from([2]))), // version 3
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_SHA256,
      nameOf(AUTHORITY),
      sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + DAY_MS)),
      nameOf(subject.slice(0, 64)),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(what)),
    );
    const signature = sign('sha256', toBeSigned, this.pair.privateKey);
    return armoured(sequence(toBeSigned, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature)));
  }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function integer(...bytes: readonly Buffer[]): Buffer {
  return der(0x02, ...bytes);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(commonName)))));
}

function utcTime(ms: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value));
}

function armoured(certificate: Buffer): string {
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
